//! A run that devices work for: it hands out orders, relays what the devices write, and waits.
//!
//! Everything that matters is in the table of orders. A run that is given back (its instance stops or dies) is taken up
//! by the next instance, which finds the orders and goes on; a later attempt asks those devices again that did not
//! succeed. So no crash of a server gives an order twice.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use orloj_tasks::{
    CancelReason, Context, DeviceReport, DeviceResult, DeviceWork, LogSource, Offline,
};

use serde_json::json;

use crate::engine::{Engine, Inner};
use crate::error::{Error, Kind, Result};
use crate::model::{DeviceOrder, OrderOutcome, OrderState};
use crate::operations::accounts_state::random;
use crate::rules::ids::execution_number;
use crate::rules::rollout::{self, Place, Plan};
use crate::rules::secrets::{Hidden, NONCE_BYTES, Place as Sealing};
use crate::store::Backend;
use crate::store::device_orders::{self, Common, NewOrder, Stored};

/// How long a device that is not to be waited for may take to accept what it was sent.
const HAND_OVER_US: i64 = 60_000_000;
/// How long devices have to answer that they have stopped; less than an attempt has.
const STOP_US: i64 = 10_000_000;
/// How often a run looks by itself: other instances hear devices too, or nobody does.
const LOOK_SHARED_US: i64 = 1_000_000;
const LOOK_ALONE_US: i64 = 60_000_000;
/// Pieces of output that are relayed at a time.
const PIECES: i64 = 1_000;
/// Devices whose ends are said in the log one by one.
const MOST_SAID: usize = 1_000;

/// Has devices do `work` for the execution of `context`.
///
/// # Errors
/// A sentence for the history.
pub(crate) async fn run(
    engine: &Arc<Inner>,
    owner_id: i64,
    context: &Context,
    work: &DeviceWork,
    hidden: &Hidden,
) -> Result<DeviceReport> {
    let execution = execution_number(&context.execution_id)
        .ok_or_else(|| Error::internal("the execution has no number"))?;
    let run = Run {
        engine,
        owner_id,
        context,
        work,
        hidden,
        execution,
        woken: engine.fleet.wait_for(execution),
    };
    let report = run.work().await;
    engine.fleet.stop_waiting(execution);
    report
}

struct Run<'a> {
    engine: &'a Arc<Inner>,
    owner_id: i64,
    context: &'a Context,
    work: &'a DeviceWork,
    /// Secret values that the work may have in it.
    hidden: &'a Hidden,
    execution: i64,
    woken: Arc<tokio::sync::Notify>,
}

/// What a run remembers between two looks.
#[derive(Default)]
struct Memory {
    /// Devices whose end has been said.
    said: HashSet<i64>,
    /// Unfinished lines, by order and stream.
    lines: HashMap<(i64, String), String>,
    is_halted: bool,
    /// When the devices were told to stop, and how that counts.
    stopping: Option<(i64, OrderOutcome)>,
}

/// What one look came to.
enum Look {
    Over(DeviceReport),
    /// To be repeated at this instant at the latest, where one is known.
    Again(Option<i64>),
}

impl Run<'_> {
    async fn work(&self) -> Result<DeviceReport> {
        self.ask().await?;
        let mut memory = Memory::default();
        loop {
            let look_at = match self.look(&mut memory).await {
                Ok(Look::Over(report)) => return Ok(report),
                Ok(Look::Again(at)) => {
                    let latest = self.engine.clock.now_us() + self.patience();
                    at.map_or(latest, |at| at.min(latest))
                }
                Err(error) if error.kind == Kind::Unavailable => {
                    tracing::warn!(%error, execution = self.execution, "cannot look after the devices of a run; trying again");
                    self.engine.clock.now_us() + LOOK_SHARED_US
                }
                Err(error) => return Err(error),
            };
            let look_at = memory
                .stopping
                .map_or(look_at, |(since, _)| look_at.min(since + STOP_US));
            let is_stopping = memory.stopping.is_some();
            tokio::select! {
                () = self.woken.notified() => {}
                () = self.engine.clock.sleep_until_us(look_at) => {}
                reason = self.context.cancel.stopped(), if !is_stopping => {
                    match self.stop(reason).await? {
                        Some(stopping) => memory.stopping = Some(stopping),
                        // Given back as it is: the orders go on.
                        None => return Ok(DeviceReport::default()),
                    }
                }
            }
        }
    }

    fn patience(&self) -> i64 {
        match self.engine.store.db.backend() {
            Backend::Sqlite => LOOK_ALONE_US,
            Backend::Postgres => LOOK_SHARED_US,
        }
    }

    /// Writes the orders of this attempt, unless they are there.
    async fn ask(&self) -> Result<()> {
        let db = &self.engine.store.db;
        let now = self.engine.clock.now_us();
        let number = self.context.attempt;
        let earlier = device_orders::of_execution(db, self.execution, true, now).await?;
        if earlier.iter().any(|stored| stored.order.number >= number) {
            self.context
                .log
                .info("going on with the orders that are out");
            return Ok(());
        }
        let devices: Vec<i64> = if earlier.is_empty() {
            let engine = Engine {
                inner: Arc::clone(self.engine),
            };
            let found = engine
                .targets_for_run(self.owner_id, &self.work.targets)
                .await?;
            found.iter().map(|device| device.id).collect()
        } else {
            earlier
                .iter()
                .filter(|stored| stored.order.outcome != Some(OrderOutcome::Success))
                .map(|stored| stored.order.device_id)
                .collect()
        };
        if devices.is_empty() {
            return Err(Error::new(Kind::NotFound, "no target devices found"));
        }
        let batches = rollout::batches(devices.len(), &self.work.targets.batches);
        let orders: Vec<NewOrder> = devices
            .iter()
            .zip(batches)
            .map(|(device_id, batch)| NewOrder {
                device_id: *device_id,
                batch,
            })
            .collect();
        let targets = &self.work.targets;
        let waits_offline = targets.offline == Offline::Wait;
        let steps = serde_json::to_string(&self.work.steps)
            .map_err(|error| Error::internal(format!("steps cannot be written: {error}")))?;
        let steps = if self.hidden.is_empty() {
            steps
        } else {
            // What a secret was filled into rests as the secret itself does.
            let place = Sealing::Steps(self.execution, number);
            let key = self.engine.keys.key()?;
            let sealed = key.seal(place, &steps, &random::<NONCE_BYTES>()?)?;
            json!({ "keyId": sealed.key_id, "sealed": sealed.text }).to_string()
        };
        let common = Common {
            execution_id: self.execution,
            number,
            owner_id: self.owner_id,
            steps: &steps,
            stop_on_failure: self.work.stop_on_failure,
            waits_offline,
            wait_us: if waits_offline {
                i64::from(targets.wait_seconds) * 1_000_000
            } else {
                HAND_OVER_US
            },
            limit_us: i64::from(self.work.limit_seconds) * 1_000_000,
        };
        let mut tx = db.begin().await?;
        device_orders::insert(&mut tx, &common, &orders, now).await?;
        tx.commit().await?;
        self.context
            .log
            .info(format!("asking {} devices", orders.len()));
        Ok(())
    }

    /// One look: relays output, lets the next devices begin, ends what has waited long enough. The report once all has
    /// ended.
    async fn look(&self, memory: &mut Memory) -> Result<Look> {
        let db = &self.engine.store.db;
        loop {
            let now = self.engine.clock.now_us();
            let orders = device_orders::of_execution(db, self.execution, true, now).await?;
            let current: Vec<&Stored> = orders
                .iter()
                .filter(|stored| stored.order.number == self.context.attempt)
                .collect();
            self.relay(memory, &orders).await?;
            self.say_ends(memory, &current);
            let plan = Plan {
                parallel: self.work.targets.parallel,
                halt_at_failed_percent: self.work.targets.halt_at_failed_percent,
            };
            let places: Vec<Place> = current.iter().map(|stored| place(stored)).collect();
            let mut next = rollout::next(&places, plan, now);
            if let Some((since, outcome)) = memory.stopping {
                next.queue.clear();
                if now >= since + STOP_US {
                    // Whoever has not answered hears it when it comes back.
                    next.end = current
                        .iter()
                        .filter(|stored| stored.order.state != OrderState::Ended)
                        .map(|stored| {
                            (
                                stored.order.id,
                                stored.order.state,
                                outcome,
                                "no_answer_to_cancel",
                            )
                        })
                        .collect();
                }
            }
            memory.is_halted |= next.is_halted;
            self.tell_progress(&current);
            if !next.end.is_empty() || !next.queue.is_empty() {
                let mut tx = db.begin().await?;
                device_orders::end_here(&mut tx, &next.end, now).await?;
                device_orders::queue(&mut tx, &next.queue, now).await?;
                tx.commit().await?;
                self.engine.fleet.hurry();
                // What was queued for a device that is not there ends with the next look.
                continue;
            }
            let is_over = current
                .iter()
                .all(|stored| stored.order.state == OrderState::Ended);
            if !is_over {
                return Ok(Look::Again(next.look_at));
            }
            self.flush(memory, &orders);
            return Ok(Look::Over(DeviceReport {
                devices: orders.iter().map(|stored| result(&stored.order)).collect(),
                halted: memory.is_halted,
            }));
        }
    }

    /// Tells the devices to stop. `None` when the run is only given back.
    async fn stop(&self, reason: CancelReason) -> Result<Option<(i64, OrderOutcome)>> {
        let (outcome, why) = match reason {
            CancelReason::Shutdown | CancelReason::Lost => return Ok(None),
            CancelReason::Cancelled => (OrderOutcome::Cancelled, "cancelled"),
            CancelReason::TimedOut => (OrderOutcome::Timeout, "time_limit_of_the_run"),
        };
        let now = self.engine.clock.now_us();
        let mut tx = self.engine.store.db.begin().await?;
        device_orders::cancel(&mut tx, self.execution, outcome, why, now).await?;
        tx.commit().await?;
        self.engine.fleet.hurry();
        self.woken.notify_one();
        Ok(Some((now, outcome)))
    }

    /// Brings what devices wrote into the log of the run, line by line, each with the name of its device.
    async fn relay(&self, memory: &mut Memory, orders: &[Stored]) -> Result<()> {
        if orders
            .iter()
            .all(|stored| stored.output_seq <= stored.logged)
        {
            return Ok(());
        }
        let db = &self.engine.store.db;
        let names: HashMap<i64, &DeviceOrder> = orders
            .iter()
            .map(|stored| (stored.order.id, &stored.order))
            .collect();
        loop {
            let pieces = device_orders::unlogged(db, self.execution, PIECES).await?;
            let mut reached: BTreeMap<i64, i64> = BTreeMap::new();
            let masked: Vec<(i64, i64, String)> = if self.hidden.is_empty() {
                Vec::new()
            } else {
                pieces
                    .iter()
                    .map(|(order, piece)| (*order, piece.seq, self.hidden.text(piece.text.clone())))
                    .collect()
            };
            let count = pieces.len();
            for (order, piece) in pieces {
                reached.insert(order, piece.seq);
                let Some(name) = names.get(&order).map(|order| label(order)) else {
                    continue;
                };
                let source = source(&piece.stream);
                let held = memory
                    .lines
                    .entry((order, piece.stream.clone()))
                    .or_default();
                held.push_str(&piece.text);
                while let Some((line, rest)) = held.split_once('\n') {
                    let line = format!("[{name}] {}", line.trim_end_matches('\r'));
                    let rest = rest.to_owned();
                    self.context.log.relayed(source, line);
                    *held = rest;
                }
            }
            // What was logged and is not noted, because somebody dies in between, is logged twice, never lost: the
            // output of each device itself is kept apart.
            let rows: Vec<(i64, i64)> = reached.into_iter().collect();
            if !rows.is_empty() {
                let mut tx = db.begin().await?;
                device_orders::logged(&mut tx, &rows).await?;
                device_orders::rewrite(&mut tx, &masked).await?;
                tx.commit().await?;
            }
            if i64::try_from(count).is_ok_and(|count| count < PIECES) {
                return Ok(());
            }
        }
    }

    /// Last lines without a line break.
    fn flush(&self, memory: &mut Memory, orders: &[Stored]) {
        for stored in orders {
            for stream in ["stdout", "stderr", "system"] {
                let held = memory.lines.remove(&(stored.order.id, stream.to_owned()));
                if let Some(line) = held.filter(|line| !line.is_empty()) {
                    let line = format!("[{}] {line}", label(&stored.order));
                    self.context.log.relayed(source(stream), line);
                }
            }
        }
    }

    fn say_ends(&self, memory: &mut Memory, orders: &[&Stored]) {
        for stored in orders {
            let order = &stored.order;
            let Some(outcome) = order.outcome else {
                continue;
            };
            if memory.said.len() < MOST_SAID && memory.said.insert(order.id) {
                let name = label(order);
                let text = match &order.reason {
                    Some(reason) => format!("{name}: {}: {reason}", outcome.word()),
                    None => format!("{name}: {}", outcome.word()),
                };
                if outcome == OrderOutcome::Success {
                    self.context.log.info(text);
                } else {
                    self.context.log.warn(text);
                }
            }
        }
    }

    fn tell_progress(&self, orders: &[&Stored]) {
        let ended = orders
            .iter()
            .filter(|stored| stored.order.state == OrderState::Ended)
            .count();
        let percent = (ended * 100).checked_div(orders.len()).unwrap_or(0);
        let note = format!("{ended}/{}", orders.len());
        let percent = u8::try_from(percent).unwrap_or(100);
        self.context.progress.set(percent, Some(&note));
    }
}

fn place(stored: &Stored) -> Place {
    Place {
        id: stored.order.id,
        batch: stored.order.batch,
        state: stored.order.state,
        is_success: stored.order.outcome == Some(OrderOutcome::Success),
        is_online: stored.device.is_online,
        in_maintenance: stored.device.in_maintenance,
        is_gone: stored.device.is_gone,
        waits: stored.waits_offline,
        expires_at: stored.order.expires_at.map(jiff::Timestamp::as_microsecond),
        give_up_at: stored.give_up_at,
    }
}

fn result(order: &DeviceOrder) -> DeviceResult {
    DeviceResult {
        device_id: order.device_id,
        name: label(order),
        outcome: order
            .outcome
            .map_or("unreached", OrderOutcome::word)
            .to_owned(),
        reason: order.reason.clone(),
        exit_code: order.exit_code,
    }
}

/// What a device is called in a log.
fn label(order: &DeviceOrder) -> String {
    if order.device_name.is_empty() {
        format!("device {}", order.device_id)
    } else {
        order.device_name.clone()
    }
}

fn source(stream: &str) -> LogSource {
    match stream {
        "stdout" => LogSource::Stdout,
        "stderr" => LogSource::Stderr,
        _ => LogSource::Function,
    }
}
