//! The one TCP port: each connection is an owned task, is put into a fault target by what it
//! asks for, and passes through a pump that obeys the faults of that target.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{Router, body::Body, response::Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use crate::{
    context::Context,
    faults::{
        Target,
        connection::{self, Connection},
        request,
    },
};

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait after accepting failed (too many open files) before trying again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections in a task of `context.tasks` until the sandbox stops.
pub fn start(context: &Context, listener: TcpListener, router: Router) {
    let context = context.clone();
    context.tasks.clone().spawn(async move {
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((tcp, _)) => {
                        // Small frames should leave at once; failing to say so costs only speed.
                        let _ = tcp.set_nodelay(true);
                        context.tasks.spawn(serve(context.clone(), tcp, router.clone()));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                () = context.token.cancelled() => return,
            }
        }
    });
}

/// Serves one connection until it ends or the sandbox stops.
async fn serve(context: Context, tcp: TcpStream, router: Router) {
    let connection = Arc::new(Connection::new(context.faults.clone()));
    let (io, pump) = connection::attach(tcp, Arc::clone(&connection));
    let service =
        service_fn(move |request| respond(Arc::clone(&connection), router.clone(), request));
    let http = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades();
    let both = async {
        // The error of one side is the end of the other; there is nobody to report it to.
        let _ = tokio::join!(http, pump);
    };
    tokio::select! {
        () = both => {}
        () = context.token.cancelled() => {}
    }
}

/// Answers one request, unless a fault of its target does.
async fn respond(
    connection: Arc<Connection>,
    router: Router,
    request: hyper::Request<Incoming>,
) -> Result<Response, Infallible> {
    let target = Target::of_path(request.uri().path());
    connection.enter(target);
    if let Some(target) = target
        && let Some(response) = request::intercept(&connection, target).await
    {
        return Ok(response);
    }
    router.oneshot(request.map(Body::new)).await
}
