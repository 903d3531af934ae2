//! scratch
use model::searches::*; use model::variant::Variant;
fn main(){ 
 let mut t=0.0;
 for s in mutants().into_iter().chain(harmless()).chain(limits()).chain(shallow().into_iter().map(|bounds| Search{variant:Variant::Design,bounds,verdict:Verdict::Holds})) { if std::env::args().nth(1).is_some_and(|a|a!=format!("{:?}",s.variant)){continue} let r=s.run(1); t+=r.elapsed.as_secs_f64(); for (n,t) in &r.violated { if s.variant==Variant::NoRoundGuard { println!("{n}"); for a in t {println!("   {a:?}");}}} println!("{r} {}", if s.agrees(&r) {""} else {"WRONG"}); }
 println!("total {t}");
}
