//! The connections of the clients: taken, served, and ended with the program.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Gateway, respond};
use crate::error::{Failure, Kind};
use crate::tr;

/// The longest wait for a request's head: also how long a connection may be idle. Clients close theirs sooner.
const HEAD_TIMEOUT: Duration = Duration::from_secs(120);

/// Out of file descriptors, `accept` fails at once and again; this keeps the loop from spinning.
const AFTER_A_FAILED_ACCEPT: Duration = Duration::from_millis(20);

/// Binds the address. A port that is in use is a usage error.
pub fn bind(address: SocketAddr) -> Result<std::net::TcpListener, Failure> {
    let listener = std::net::TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    listener.map_err(|error| {
        let failure = Failure::io(tr!("listen on {}", address.to_string()), &error);
        Failure {
            kind: Kind::Usage,
            ..failure
        }
        .hint(tr!("--port 0 takes a free port"))
    })
}

/// Takes connections until `stopped` changes, and returns once the requests that run are answered.
pub(super) async fn serve(
    listener: std::net::TcpListener,
    gateway: Arc<Gateway>,
    mut stopped: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => break,
        };
        // An error of `accept` is one connection's, or passes when others close.
        match accepted {
            Ok((socket, _)) => {
                connections.spawn(connection(socket, Arc::clone(&gateway), stopped.clone()));
            }
            Err(_) => tokio::time::sleep(AFTER_A_FAILED_ACCEPT).await,
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
    Ok(())
}

/// Serves one connection: to its end, or to that of its current request once `stopped` changes.
async fn connection(socket: TcpStream, gateway: Arc<Gateway>, mut stopped: watch::Receiver<bool>) {
    // Tokens are passed on at once. Without it they only come later.
    let _ = socket.set_nodelay(true);
    let service = service_fn(move |request| {
        let gateway = Arc::clone(&gateway);
        async move { Ok::<_, Infallible>(respond(&gateway, request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let mut connection = pin!(http.serve_connection(TokioIo::new(socket), service));
    // An error is the client's: it broke off, or sent what is no HTTP.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
