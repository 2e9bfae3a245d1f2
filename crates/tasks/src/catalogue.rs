//! The list of everything that can be run.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::function::TaskFunction;
use crate::functions;

/// Task functions by key.
#[derive(Clone, Default)]
pub struct Catalogue {
    functions: BTreeMap<String, Arc<dyn TaskFunction>>,
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.functions.keys()).finish()
    }
}

impl Catalogue {
    /// A catalogue with nothing in it.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// A catalogue with every function this crate brings along.
    #[must_use]
    pub fn builtin() -> Self {
        let mut catalogue = Self::empty();
        for function in functions::all() {
            catalogue.register(function);
        }
        catalogue
    }

    /// Adds a function. One with the same key is replaced and returned.
    pub fn register(&mut self, function: Arc<dyn TaskFunction>) -> Option<Arc<dyn TaskFunction>> {
        self.functions.insert(function.info().key.clone(), function)
    }

    /// The function with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Arc<dyn TaskFunction>> {
        self.functions.get(key)
    }

    /// All functions, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn TaskFunction>> {
        self.functions.values()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.functions.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }
}
