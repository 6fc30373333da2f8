//! What AWS last said to a call that is tried again and again. When the time of the whole work ends first, the SDK's own
//! retries go with all they know; a throttled account must not look like a hanging one.

use std::{
    error::Error,
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::FinalizerInterceptorContextRef},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{config_bag::ConfigBag, error::metadata::ProvideErrorMetadata};

/// An error's code and message, as AWS gave them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) code: String,
    pub(crate) message: String,
}

/// The last error of the calls that it listened to; nothing once one of them succeeded.
#[derive(Debug, Clone, Default)]
pub(crate) struct LastWord(Arc<Mutex<Option<Told>>>);

impl LastWord {
    /// Listens to calls whose errors are `E`.
    pub(crate) fn listener<E>(&self) -> Listener<E> {
        Listener { word: self.clone(), errors: PhantomData }
    }

    /// What was heard.
    pub(crate) fn told(&self) -> Option<Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, told: Option<Told>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = told;
    }
}

/// See [`LastWord::listener`].
#[derive(Debug)]
pub(crate) struct Listener<E> {
    word: LastWord,
    errors: PhantomData<fn() -> E>,
}

impl<E: ProvideErrorMetadata + Error + Send + Sync + std::fmt::Debug + 'static> Intercept for Listener<E> {
    fn name(&self) -> &'static str {
        "LastWord"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match context.output_or_error() {
            Some(Ok(_)) => self.word.keep(None),
            Some(Err(error)) => {
                let error = error.as_operation_error().and_then(|error| error.downcast_ref::<E>());
                if let Some((error, code)) = error.and_then(|error| Some((error, error.code()?))) {
                    let message = error.message().unwrap_or_default().to_owned();
                    self.word.keep(Some(Told { code: code.to_owned(), message }));
                }
            }
            None => {}
        }
        Ok(())
    }
}
