use durable::{Result, activity};

struct Mailer;

impl Mailer {
    #[activity]
    async fn send(&self, to: &str) -> Result<()> {
        let _ = to;
        Ok(())
    }
}

fn main() {}
