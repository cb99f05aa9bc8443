use durable::{Result, orchestrator};

struct Work;

#[orchestrator]
impl Work {
    async fn run(&self) -> Result<()> {
        Ok(())
    }
}

fn main() {
    let _ = Work.run();
}
