//! Values that follow signals.

use std::sync::{Arc, Mutex};

use leptos::tachys::reactive_graph::SharedReactiveFunction;

/// What a view makes of `compute`, again and again. The closure is hidden behind a pointer, because Leptos compiles
/// kilobytes for each type of closure that a view is given as it is.
pub(crate) fn live<T: 'static>(
    compute: impl FnMut() -> T + Send + 'static,
) -> SharedReactiveFunction<T> {
    Arc::new(Mutex::new(compute))
}

/// `true`, for attributes that say so in a word.
pub(crate) fn word(is_so: bool) -> Option<&'static str> {
    is_so.then_some("true")
}
