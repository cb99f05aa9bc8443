use durable::prelude::*;
struct Ids;

impl Ids {
    fn next(&self) -> String {
        format!("order-{}", std::process::id())
    }
}

struct App {
    ids: Ids,
}

#[orchestrator]
async fn flow(_ctx: &OrchestrationContext) -> Result<String> {
    let app = App { ids: Ids };
    Ok(app.ids.next())
}

fn main() {}
