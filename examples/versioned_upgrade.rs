//! A versioned upgrade: instances begin with the first deployment and end with the second.
//!
//! `cargo run --example versioned_upgrade [FILE]`
//!
//! There are two ways to change an orchestrator while instances of it run: a new version beside
//! the old one (`sign_up`), and a patch in place (`newsletter`). Both deployments are in this one
//! program, as modules; each worker is given its functions by hand, where one deployment would
//! say `register_all()`.

use durable::prelude::*;

#[activity]
async fn send(text: &str) -> Result<String> {
    Ok(format!("sent {text}"))
}

mod first_deployment {
    use super::*;

    #[orchestrator(name = "sign-up", version = "1")]
    pub(super) async fn sign_up(ctx: &OrchestrationContext, name: &str) -> Result<String> {
        ctx.event::<()>("confirmed").await;
        let letter = ctx.call(send(&format!("a letter to {name}"))).await?;
        Ok(format!("version {}: {letter}", ctx.version()))
    }

    #[orchestrator]
    pub(super) async fn newsletter(ctx: &OrchestrationContext, issue: u32) -> Result<String> {
        let first = ctx.call(send(&format!("issue {issue} on paper"))).await?;
        ctx.event::<()>("more").await;
        let second = ctx.call(send(&format!("issue {} on paper", issue + 1))).await?;
        Ok(format!("{first}, {second}"))
    }
}

mod second_deployment {
    use super::*;

    /// Does it in another order: no history of version 1 would fit. Version 1 stays in the
    /// program until its last instance has ended, and each instance keeps the one it began with.
    #[orchestrator(name = "sign-up", version = "2")]
    pub(super) async fn sign_up(ctx: &OrchestrationContext, name: &str) -> Result<String> {
        let mail = ctx.call(send(&format!("a mail to {name}"))).await?;
        ctx.event::<()>("confirmed").await;
        Ok(format!("version {}: {mail}", ctx.version()))
    }

    /// The same orchestrator, changed in place: an instance that had passed here before the
    /// change goes on in the old way, every other one takes the new way.
    #[orchestrator]
    pub(super) async fn newsletter(ctx: &OrchestrationContext, issue: u32) -> Result<String> {
        let by = if ctx.patched("by mail") { "by mail" } else { "on paper" };
        let first = ctx.call(send(&format!("issue {issue} {by}"))).await?;
        ctx.event::<()>("more").await;
        let second = ctx.call(send(&format!("issue {} {by}", issue + 1))).await?;
        Ok(format!("{first}, {second}"))
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    use {first_deployment as first, second_deployment as second};
    let file = std::env::args().nth(1).unwrap_or_else(|| "versioned_upgrade.db".into());
    let store = SqliteStore::open(&file).await?;

    println!("the first deployment starts two instances, and is stopped");
    let worker = Worker::builder(store.clone()).register(send::definition());
    let worker =
        worker.register(first::sign_up::definition()).register(first::newsletter::definition()).start().await?;
    let old_sign_up = worker.client().start(first::sign_up("Ada")).await?;
    let old_newsletter = worker.client().start(first::newsletter(1)).await?;
    worker.shutdown().await?;

    println!("the second deployment starts two more, and ends all four");
    let worker = Worker::builder(store).register(send::definition()).register(first::sign_up::definition());
    let worker =
        worker.register(second::sign_up::definition()).register(second::newsletter::definition()).start().await?;
    let client = worker.client();
    let new_sign_up = client.start(second::sign_up("Bob")).await?;
    let new_newsletter = client.start(second::newsletter(7)).await?;
    for (id, event) in [
        (old_sign_up.id(), "confirmed"),
        (new_sign_up.id(), "confirmed"),
        (old_newsletter.id(), "more"),
        (new_newsletter.id(), "more"),
    ] {
        client.instance(id).raise(event, &()).await?;
    }
    // By id and through the new client: the old one belongs to a worker that is gone.
    println!("Ada, {}", client.instance(old_sign_up.id()).result::<first::sign_up>().await?);
    println!("Bob, {}", new_sign_up.result().await?);
    println!("the old newsletter: {}", client.instance(old_newsletter.id()).result::<first::newsletter>().await?);
    println!("the new newsletter: {}", new_newsletter.result().await?);
    worker.shutdown().await?;
    Ok(())
}
