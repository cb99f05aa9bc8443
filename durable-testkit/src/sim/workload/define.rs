//! Definitions without the attribute macros, which live above this crate.

/// An activity: its type, its durable name, its arguments and its result, and what it computes
/// once its [`Plan`](super::Plan) lets it.
macro_rules! activity {
    ($(#[doc = $doc:literal])* $type:ident, $name:literal, ($($arg:ident: $arg_type:ty),*) -> $ok:ty, $body:expr) => {
        $(#[doc = $doc])*
        pub(super) struct $type;

        impl durable_core::Definition for $type {
            const NAME: &'static str = $name;
            const KIND: durable_core::DefinitionKind = durable_core::DefinitionKind::Activity;
            type Ok = $ok;
            type Err = String;
        }

        impl durable_core::Activity for $type {}

        impl $type {
            pub(super) fn with($($arg: $arg_type),*) -> durable_core::Invocation<Self> {
                durable_core::Invocation::new(&($($arg,)*))
            }

            fn registration() -> durable_core::Registration {
                use durable_core::macro_support as support;
                let at = support::SourceLocation { file: file!(), line: line!() };
                support::activity::<Self, _, _>("", at, Vec::new(), |ctx, input| async move {
                    let ($($arg,)*): ($($arg_type,)*) = support::arguments($name, &input)?;
                    $crate::sim::workload::activities::work(&ctx).await?;
                    let result: Result<$ok, String> = $body;
                    match result {
                        Ok(value) => support::success(&value),
                        Err(e) => Err(support::failure(&e, (e.clone(), Vec::new()))),
                    }
                })
            }
        }
    };
}

/// An orchestrator: its type, its durable name, its arguments, and its body.
macro_rules! orchestrator {
    ($(#[doc = $doc:literal])* $type:ident, $name:literal, |$ctx:ident, ($($arg:ident: $arg_type:ty),*)| -> $ok:ty $body:block) => {
        orchestrator!($(#[doc = $doc])* $type, $name, version "", |$ctx, ($($arg: $arg_type),*)| -> $ok $body);
    };
    ($(#[doc = $doc:literal])* $type:ident, $name:literal, version $version:literal, |$ctx:ident, ($($arg:ident: $arg_type:ty),*)| -> $ok:ty $body:block) => {
        $(#[doc = $doc])*
        pub(super) struct $type;

        impl durable_core::Definition for $type {
            const NAME: &'static str = $name;
            const KIND: durable_core::DefinitionKind = durable_core::DefinitionKind::Orchestrator;
            const VERSION: &'static str = $version;
            type Ok = $ok;
            type Err = String;
        }

        impl durable_core::Orchestrator for $type {}

        impl $type {
            fn registration() -> durable_core::Registration {
                use durable_core::macro_support as support;
                let at = support::SourceLocation { file: file!(), line: line!() };
                support::orchestrator::<Self, _, _>(at, |$ctx, input| async move {
                    let ($($arg,)*): ($($arg_type,)*) = support::arguments($name, &input)?;
                    let result: Result<$ok, String> = async { $body }.await;
                    match result {
                        Ok(value) => support::success(&value),
                        Err(e) => Err(support::failure(&e, (e.clone(), Vec::new()))),
                    }
                })
            }
        }
    };
}
