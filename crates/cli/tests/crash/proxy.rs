//! A network between an instance and PostgreSQL, or an agent and its server, that can fail in several ways.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};

/// How the network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    /// Everything arrives.
    Whole = 0,
    /// Nothing arrives on either side, and nobody is told.
    Black = 1,
    /// What the database says does not arrive.
    RepliesLost = 2,
    /// What the instance says does not arrive.
    RequestsLost = 3,
    /// Connections are cut off, and new ones refused.
    Reset = 4,
}

/// What becomes of the connections that there were when the network is whole again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// They go on, and what was held up arrives, as TCP sees to.
    Kept,
    /// They are cut off.
    Reset,
    /// Nothing ever arrives on them any more, and nobody is told: a router on the way has forgotten them.
    Forgotten,
}

#[derive(Debug, Default)]
struct Shared {
    /// Connections of an earlier generation are forgotten.
    generation: AtomicU64,
    network: AtomicU8,
    connections: Mutex<Vec<(TcpStream, TcpStream)>>,
    ended: AtomicBool,
    /// Where connections go.
    target: Mutex<String>,
    /// Bytes that came back from there.
    replied: AtomicU64,
}

/// Passes connections on to one address.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    pub(crate) fn to(target: String) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            target: Mutex::new(target),
            ..Shared::default()
        });
        let state = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if state.ended.load(Ordering::SeqCst) {
                    return;
                }
                if state.is(Network::Reset) {
                    reset(&client);
                    continue;
                }
                let state = Arc::clone(&state);
                std::thread::spawn(move || connect(client, &state));
            }
        });
        Self { address, shared }
    }

    /// Host and port to connect to.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// New connections go there.
    pub(crate) fn aim(&self, target: &str) {
        target.clone_into(&mut self.shared.target.lock().unwrap());
    }

    /// Bytes that came back so far.
    pub(crate) fn replied(&self) -> u64 {
        self.shared.replied.load(Ordering::SeqCst)
    }

    /// The network is like this from now on.
    pub(crate) fn set(&self, network: Network) {
        self.shared.network.store(network as u8, Ordering::SeqCst);
        if network == Network::Reset {
            self.cut();
        }
    }

    /// The network is whole again.
    pub(crate) fn heal(&self, after: After) {
        match after {
            After::Kept => {}
            After::Reset => self.cut(),
            After::Forgotten => {
                self.shared.generation.fetch_add(1, Ordering::SeqCst);
            }
        }
        self.set(Network::Whole);
    }

    /// Cuts off every connection there is.
    pub(crate) fn cut(&self) {
        for (client, server) in self.shared.connections.lock().unwrap().drain(..) {
            reset(&client);
            reset(&server);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.cut();
        // The listener looks up once more and ends.
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    fn is(&self, network: Network) -> bool {
        self.network.load(Ordering::SeqCst) == network as u8
    }

    /// Waits until what goes in this direction arrives, on a connection of this generation.
    fn passes(&self, lost: Network, generation: u64) {
        let is_forgotten = || self.generation.load(Ordering::SeqCst) != generation;
        while !self.ended.load(Ordering::SeqCst)
            && (self.is(Network::Black) || self.is(lost) || is_forgotten())
        {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn connect(client: TcpStream, state: &Arc<Shared>) {
    let generation = state.generation.load(Ordering::SeqCst);
    state.passes(Network::RequestsLost, generation);
    let target = state.target.lock().unwrap().clone();
    let Ok(server) = TcpStream::connect(target) else {
        reset(&client);
        return;
    };
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let copy = |stream: &TcpStream| stream.try_clone().unwrap();
    let pair = (copy(&client), copy(&server));
    state.connections.lock().unwrap().push(pair);
    let (from_client, to_server) = (copy(&client), copy(&server));
    let shared = Arc::clone(state);
    std::thread::spawn(move || {
        pass_on(
            from_client,
            to_server,
            &shared,
            Network::RequestsLost,
            generation,
        );
    });
    pass_on(server, client, state, Network::RepliesLost, generation);
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, state: &Shared, lost: Network, generation: u64) {
    let mut buffer = [0; 16_384];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        state.passes(lost, generation);
        if lost == Network::RepliesLost {
            let length = u64::try_from(length).unwrap();
            state.replied.fetch_add(length, Ordering::SeqCst);
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    state.passes(lost, generation);
    let _ = to.shutdown(Shutdown::Write);
}

/// Ends a connection the hard way: the other side is told that it never was.
fn reset(stream: &TcpStream) {
    let at_once = nix::libc::linger {
        l_onoff: 1,
        l_linger: 0,
    };
    let _ = setsockopt(stream, sockopt::Linger, &at_once);
    let _ = stream.shutdown(Shutdown::Both);
}
