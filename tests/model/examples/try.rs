//! scratch
use model::bounds::*; use model::check::check; use model::properties::*;use model::variant::Variant::{self,*};
fn main(){
  let calm=Bounds::calm("c");
  let cb=calm.budget;
  let c1=Bounds{name:"c1 crash1",budget:Budget{crashes:1,..cb},..calm};
  let c2=Bounds{name:"c2",budget:Budget{changes:2,..cb},..calm};
  let c2c=Bounds{name:"c2 crash",budget:Budget{changes:2,crashes:1,..cb},..calm};
  let exp=Bounds{name:"c2 exp w2",workers:2,budget:Budget{changes:2,expiries:1,..cb},..calm};
  let pages=Bounds{name:"c3 pages slices w2",workers:2,slices:true,page_items:1,budget:Budget{changes:3,..cb},..calm};
  let unk=Bounds{name:"c2 unk1",budget:Budget{changes:2,unknowns:1,..cb},..calm};
  let unkc=Bounds{name:"c2 unk1 crash pages",slices:true,page_items:1,workers:2,budget:Budget{changes:3,crashes:1,unknowns:1,..cb},..calm};
  let unkp=Bounds{name:"c2 unk1 pages",slices:true,page_items:1,workers:1,budget:Budget{changes:2,unknowns:1,..cb},..calm};
  let unkr=Bounds{name:"c2 unk1 refuse pages",slices:true,page_items:1,workers:1,budget:Budget{changes:3,unknowns:1,refusals:1,..cb},..calm};
  let lag=Bounds{name:"c1 lag",budget:Budget{lags:1,..cb},..calm};
  let lag2=Bounds{name:"c2 lag",budget:Budget{changes:2,lags:1,..cb},..calm};
  let plag=Bounds{name:"c2 partial lag",partial_lag:true,poll_heals:true,budget:Budget{changes:2,lags:1,crashes:1,..cb},..calm};
  let pause=Bounds{name:"c1 pause",budget:Budget{pauses:1,..cb},..calm};
  let pausec=Bounds{name:"c1 pause2 crash",budget:Budget{pauses:2,crashes:1,..cb},..calm};
  let publ=Bounds{name:"c2 pub1",publishers:1,budget:Budget{changes:2,..cb},..calm};
  let pubc=Bounds{name:"c2 pub2 crash fail",publishers:2,budget:Budget{changes:2,crashes:1,bus_failures:1,..cb},..calm};
  let act=Bounds{name:"c1 act",subscriptions:2,budget:Budget{activations:1,..cb},..calm};
  let actr=Bounds{name:"c1 act redel",subscriptions:2,budget:Budget{changes:1,activations:1,retirements:1,redeliveries:1,crashes:1,..cb},..calm};
  let dbl=Bounds{name:"c1 double w2",workers:2,budget:Budget{changes:2,doubles:1,..cb},..calm};
  let lapse=Bounds{name:"c2 lapse reuse",identity_reuse:true,budget:Budget{changes:2,lapses:1,..cb},..calm};
  let lapse2=Bounds{name:"c2 lapse redel",budget:Budget{changes:1,lapses:1,redeliveries:2,crashes:1,..cb},..calm};
  let over=Bounds{name:"c2 loss r2 w2",receivers:2,workers:2,budget:Budget{changes:2,losses:1,..cb},..calm};
  let poll=Bounds{name:"c1 poll crash",partial_lag:true,poll_heals:true,budget:Budget{changes:2,polls:1,crashes:1,lags:1,..cb},..calm};
  let refus=Bounds{name:"c3 refuse lag",slices:true,page_items:1,budget:Budget{changes:3,refusals:1,lags:1,..cb},..calm};
  let rg=Bounds{name:"round guard",page_items:1,budget:Budget{changes:3,unknowns:1,refusals:1,crashes:1,..cb},..calm};
  let v: Vec<(Variant,Bounds,Option<&'static str>)> = vec![(NoFeedFence,exp,Some(I3)),(NoFeedFence,Bounds{budget:Budget{changes:3,..exp.budget},..exp},Some(I2)),(DueRemovedSeparately,c2c,Some(I4)),(TrailingWithoutDue,c2c,Some(I4)),(FenceRaisedByWrites,exp,Some(I3)),(FenceRaisedByWrites,Bounds{page_items:1,slices:true,..exp},Some(FEED)),(NoRoundGuard,rg,Some(RECORDS)),(Design,rg,None)];
  let only: Vec<String> = std::env::args().skip(1).collect();
  
 for (x,b,e) in v { if !only.is_empty() && !only.contains(&format!("{x:?}")) {continue} let r=check(x,b,e,1); println!("{r}"); if !only.is_empty() {for (_,t) in &r.violated { for a in t { println!("    {a:?}"); } }} }
}
