//! What an editor gets: bodies as they were written, because it completes in them. What is wrong
//! with them it learns from `cargo check` all the same.

use std::sync::OnceLock;

use proc_macro2::Span;

/// Whether an editor expands this macro: rust-analyzer does so in a server of its own.
pub(crate) fn expands() -> bool {
    static EDITORS: &[&str] = &["rust-analyzer", "intellij-rust"];
    static EXPANDS: OnceLock<bool> = OnceLock::new();
    *EXPANDS.get_or_init(|| {
        std::env::current_exe().is_ok_and(|exe| {
            let name = exe.file_name().unwrap_or_default().to_string_lossy().into_owned();
            EDITORS.iter().any(|editor| name.contains(editor))
        })
    })
}

/// The place of generated code that a compiler's message should stand at. For an editor it stands
/// nowhere: it would be shown as what the user wrote there.
pub(crate) fn at(span: Span) -> Span {
    if expands() { Span::call_site() } else { span }
}
