//! Bodies that come slowly: given up after a time limit. A request that trickles in would hold its connection, and what
//! a handler took for it, as long as its sender likes.
//!
//! The limit holds for the body as a whole, whoever reads it; what the reader makes of the broken body is replaced by
//! `408`, in Okta's form or as a page. Nothing was done by then: handlers read the body before they act.

use std::{
    future::Future as _,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Error,
    body::{Body, Bytes, HttpBody},
    extract::Request,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, StatusCode, Version, header};
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::{
    error::{self, ApiError},
    pages::error_page,
};

/// What is known of a limited request once it was handled.
pub struct Limited {
    is_late: Arc<AtomicBool>,
    patience: Duration,
    is_api: bool,
    version: Version,
}

/// Limits the time that the body may take from now on; `None` when there is no body to wait for.
pub fn limit(request: &mut Request, patience: Duration) -> Option<Limited> {
    if request.body().is_end_stream() {
        return None;
    }
    let is_late = Arc::new(AtomicBool::new(false));
    let inner = std::mem::take(request.body_mut());
    *request.body_mut() = Body::new(Timed { inner, end: Box::pin(sleep(patience)), is_late: is_late.clone() });
    Some(Limited { is_late, patience, is_api: error::is_api(request.uri().path()), version: request.version() })
}

impl Limited {
    /// The handler's answer, or `408` when the body came too late.
    pub fn answer(self, handled: Response) -> Response {
        if !self.is_late.load(Ordering::Relaxed) {
            return handled;
        }
        let seconds = self.patience.as_secs_f32();
        let mut response = if self.is_api {
            let cause = format!("the body did not arrive within {seconds} s: send it at once, or look at the network");
            ApiError { status: StatusCode::REQUEST_TIMEOUT, ..ApiError::malformed(cause) }.into_response()
        } else {
            error_page::too_slow(seconds)
        };
        // What is still to come of the body is not waited for. HTTP/2 ends the one stream by itself.
        if self.version < Version::HTTP_2 {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

struct Timed {
    inner: Body,
    end: Pin<Box<Sleep>>,
    is_late: Arc<AtomicBool>,
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_frame(cx);
        if polled.is_pending() && this.end.as_mut().poll(cx).is_ready() {
            this.is_late.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(Error::new(std::io::Error::from(std::io::ErrorKind::TimedOut)))));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
