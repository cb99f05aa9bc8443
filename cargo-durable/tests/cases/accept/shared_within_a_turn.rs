//@ domain
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

pub fn counted(names: &[&str]) -> u64 {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let count = Arc::new(Cell::new(0));
    let add = {
        let (seen, count) = (Rc::clone(&seen), Arc::clone(&count));
        move |name: &str| {
            seen.borrow_mut().push(name.to_owned());
            count.set(count.get() + 1);
        }
    };
    names.iter().for_each(|name| add(name));
    seen.borrow().len() as u64 + count.get()
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(counted(&["a", "b"]))
}
