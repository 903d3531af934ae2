//! Prints the OpenAPI document: `cargo run -q -p api --example openapi > docs/openapi.json`.

#[expect(clippy::print_stdout, reason = "that is all it does")]
fn main() {
    print!("{}", api::openapi());
}
