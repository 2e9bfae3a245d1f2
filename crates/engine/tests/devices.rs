//! Devices through the engine's only door: enrolment, connections, orders, and what becomes of runs that wait for them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use std::time::Duration;

use jiff::Timestamp;
use orloj_engine::model::{
    Actor, AgentHello, AuditFilter, Delivery, DeviceFilter, DeviceMail, DeviceOrder, DevicePatch,
    DeviceSaid, DeviceStatus, Dismissal, Execution, JobDraft, LogQuery, NewEnrollment, NewSecret,
    OrderMail, OrderOutcome, OrderState, Page, RetryPolicy, Role, RunRequest, Settings, Sharing,
    Status, Trigger,
};
use orloj_engine::{Admitted, Caller, Engine, Kind};
use orloj_schedule::{RuleSpec, Spec};
use serde_json::{Value, json};
use support::{Lab, both};

const ALL: Page = Page {
    number: 1,
    size: 1_000,
};

/// An agent as the engine sees it: a key, and what it remembers.
struct Agent {
    key: String,
    link: String,
    id: i64,
    connection: Option<Admitted>,
}

impl Agent {
    async fn enroll(engine: &Engine, caller: &Caller, name: &str) -> Self {
        let token = caller
            .create_enrollment(NewEnrollment::default())
            .await
            .unwrap()
            .token;
        let key = format!("key of {name}");
        let admitted = engine
            .enroll_device(&key, &token, hello(name))
            .await
            .unwrap()
            .unwrap();
        let mut agent = Self {
            key,
            link: String::new(),
            id: admitted.session.device_id(),
            connection: None,
        };
        agent.begin(admitted).await;
        agent
    }

    async fn begin(&mut self, admitted: Admitted) {
        self.link = admitted.link.to_string();
        admitted.session.say(DeviceSaid::Linked).await.unwrap();
        self.connection = Some(admitted);
    }

    async fn connect(&mut self, engine: &Engine, holding: &[i64]) {
        let admitted = engine
            .connect_device(&self.key, &self.link, holding, hello("again"))
            .await
            .unwrap()
            .unwrap();
        self.begin(admitted).await;
    }

    async fn leave(&mut self) {
        self.connection.take().unwrap().session.close().await;
    }

    async fn say(&self, said: DeviceSaid) {
        self.connection
            .as_ref()
            .unwrap()
            .session
            .say(said)
            .await
            .unwrap();
    }

    async fn mail(&mut self) -> DeviceMail {
        let mail = &mut self.connection.as_mut().unwrap().mail;
        tokio::time::timeout(Duration::from_secs(10), mail.recv())
            .await
            .unwrap()
            .unwrap()
    }

    async fn order(&mut self) -> OrderMail {
        match self.mail().await {
            DeviceMail::Order(order) => *order,
            other => panic!("not an order: {other:?}"),
        }
    }

    /// Takes an order and does it.
    async fn obey(&mut self, at: Timestamp, code: i64) -> OrderMail {
        let order = self.order().await;
        self.report(order.fence, at, code).await;
        order
    }

    async fn report(&mut self, fence: i64, at: Timestamp, code: i64) {
        self.say(DeviceSaid::Accepted { fence }).await;
        self.say(DeviceSaid::Started { fence, at }).await;
        self.say(output(fence, 1, at, "hello\nwor")).await;
        self.say(output(fence, 2, at, "ld\n")).await;
        self.say(ended(fence, at, code)).await;
        loop {
            match self.mail().await {
                DeviceMail::Ack { settled: true, .. } => return,
                DeviceMail::Ack { .. } => {}
                other => panic!("not an acknowledgement: {other:?}"),
            }
        }
    }
}

fn output(fence: i64, seq: i64, at: Timestamp, text: &str) -> DeviceSaid {
    DeviceSaid::Output {
        fence,
        seq,
        at,
        step: 0,
        stream: "stdout",
        text: text.to_owned(),
    }
}

fn ended(fence: i64, at: Timestamp, code: i64) -> DeviceSaid {
    DeviceSaid::Ended {
        fence,
        at,
        outcome: if code == 0 {
            OrderOutcome::Success
        } else {
            OrderOutcome::Failed
        },
        reason: (code != 0).then(|| format!("exit code {code}")),
        exit_code: Some(code),
        steps: json!([{ "kind": "command", "succeeded": code == 0 }]),
    }
}

fn hello(name: &str) -> AgentHello {
    AgentHello {
        version: "0.1.0".to_owned(),
        facts: json!({ "hostname": name, "os": "linux", "shells": ["sh"] }),
        address: None,
    }
}

async fn job(caller: &Caller, targets: Value) -> i64 {
    job_with(caller, targets, |_| {}).await
}

async fn job_with(caller: &Caller, targets: Value, tune: impl FnOnce(&mut JobDraft)) -> i64 {
    let mut draft = draft(targets);
    tune(&mut draft);
    caller.create_job(draft).await.unwrap().job.id
}

fn draft(targets: Value) -> JobDraft {
    JobDraft {
        task_function: "command".to_owned(),
        name_en: Some("Command".to_owned()),
        name_ar: None,
        description_en: None,
        description_ar: None,
        schedule: Spec::new(RuleSpec::Manual),
        parameters: json!({ "command": "echo hello world", "targets": targets, "timeoutSeconds": 60 }),
        settings: Settings {
            max_instances: 10,
            ..Settings::with_delivery(Delivery::AtMostOnce)
        },
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    }
}

async fn run(caller: &Caller, job_id: i64) -> Execution {
    caller
        .run_job(RunRequest::new(job_id, Trigger::Manual))
        .await
        .unwrap()
}

/// Waits until an execution has ended.
async fn end_of(lab: &Lab, engine: &Engine, uuid: &str) -> Execution {
    let caller = engine.caller(Actor::system());
    lab.until(engine, "the end of the execution", || async {
        caller.execution(uuid).await.unwrap().status.is_final()
    })
    .await;
    caller.execution(uuid).await.unwrap()
}

/// Waits until the only device of an execution is in this state.
async fn state_of(lab: &Lab, engine: &Engine, uuid: &str, state: OrderState) -> DeviceOrder {
    let caller = engine.caller(Actor::system());
    lab.until(engine, "the state of the order", || async {
        let orders = caller.execution_devices(uuid).await.unwrap();
        orders.first().is_some_and(|order| order.state == state)
    })
    .await;
    caller.execution_devices(uuid).await.unwrap().remove(0)
}

async fn refusals(lab: &Lab) -> Vec<String> {
    let filter = AuditFilter {
        action: Some("device.".to_owned()),
        ..AuditFilter::default()
    };
    let events = lab.system().audit_events(filter, ALL).await.unwrap().items;
    events
        .into_iter()
        .filter_map(|event| Some(event.details["reason"].as_str()?.to_owned()))
        .collect()
}

both! {
    async fn a_command_runs_on_a_device_and_its_output_is_followed(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "web-01").await;
        let device = system.device(agent.id).await.unwrap();
        assert_eq!((device.name.as_str(), device.status), ("web-01", DeviceStatus::Online));
        let job = job(&system, json!({ "devices": [agent.id] })).await;
        let execution = run(&system, job).await;
        let order = agent.obey(lab.now(), 0).await;
        assert_eq!((order.execution.as_str(), order.attempt, order.limit_seconds), (execution.uuid.as_str(), 1, 60));
        assert_eq!(order.steps[0]["command"], "echo hello world");
        let ended = end_of(lab, &lab.engine, &execution.uuid).await;
        assert_eq!(ended.status, Status::Success, "{ended:?}");
        assert_eq!(ended.outcome.summary.as_deref(), Some("1 of 1 devices succeeded"));
        let log = system.log(&execution.uuid, LogQuery { limit: 100, ..LogQuery::default() }).await.unwrap();
        let lines: Vec<&str> = log.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(lines, ["asking 1 devices", "[web-01] hello", "[web-01] world", "web-01: success"]);
        let order = system.execution_devices(&execution.uuid).await.unwrap().remove(0);
        let (has_ended, pieces) = system.execution_device_output(&execution.uuid, agent.id, 0).await.unwrap();
        assert!(has_ended);
        assert_eq!((order.state, order.outcome, order.exit_code), (OrderState::Ended, Some(OrderOutcome::Success), Some(0)));
        let text: String = pieces.into_iter().map(|piece| piece.text).collect();
        assert_eq!(text, "hello\nworld\n");
        assert_eq!(system.device_orders(agent.id).await.unwrap().len(), 1);
    }

    async fn some_that_fail_or_are_not_there_make_it_partial(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut good = Agent::enroll(&lab.engine, &system, "good").await;
        let mut bad = Agent::enroll(&lab.engine, &system, "bad").await;
        let mut away = Agent::enroll(&lab.engine, &system, "away").await;
        away.leave().await;
        lab.until(&lab.engine, "away is offline", || async {
            system.device(away.id).await.unwrap().status == DeviceStatus::Offline
        }).await;
        let job = job(&system, json!({ "devices": [good.id, bad.id, away.id] })).await;
        let execution = run(&system, job).await;
        good.obey(lab.now(), 0).await;
        bad.obey(lab.now(), 3).await;
        let ended = end_of(lab, &lab.engine, &execution.uuid).await;
        assert_eq!(ended.status, Status::Partial);
        assert_eq!(ended.outcome.summary.as_deref(), Some("1 of 3 devices succeeded, 1 failed, 1 unreached"));
        assert_eq!(ended.outcome.errors, ["bad: failed: exit code 3", "away: unreached: offline"]);
    }

    async fn an_order_waits_for_a_device_that_is_away(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "laptop").await;
        agent.leave().await;
        let job = job(&system, json!({ "devices": [agent.id], "offline": "wait", "waitSeconds": 3_600 })).await;
        let execution = run(&system, job).await;
        let order = state_of(lab, &lab.engine, &execution.uuid, OrderState::Queued).await;
        assert_eq!(order.expires_at, Some(lab.now() + jiff::SignedDuration::from_secs(3_600)));
        lab.advance(1_800);
        agent.connect(&lab.engine, &[]).await;
        agent.obey(lab.now(), 0).await;
        let ended = end_of(lab, &lab.engine, &execution.uuid).await;
        assert_eq!(ended.status, Status::Success);
    }

    async fn an_order_that_waited_too_long_is_dropped_with_the_reason(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "laptop").await;
        agent.leave().await;
        let job = job(&system, json!({ "devices": [agent.id], "offline": "wait", "waitSeconds": 3_600 })).await;
        let execution = run(&system, job).await;
        state_of(lab, &lab.engine, &execution.uuid, OrderState::Queued).await;
        lab.advance(3_601);
        let ended = end_of(lab, &lab.engine, &execution.uuid).await;
        assert_eq!(ended.status, Status::Failed);
        assert_eq!(ended.outcome.cause.as_deref(), Some("network"));
        let order = system.execution_devices(&execution.uuid).await.unwrap().remove(0);
        assert_eq!((order.outcome, order.reason.as_deref()), (Some(OrderOutcome::Unreached), Some("deadline")));
    }

    async fn twenty_that_waited_are_handed_over_in_order_each_once(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "laptop").await;
        agent.leave().await;
        let mut uuids = Vec::new();
        for _ in 0..20 {
            let job = job(&system, json!({ "devices": [agent.id], "offline": "wait" })).await;
            let execution = run(&system, job).await;
            state_of(lab, &lab.engine, &execution.uuid, OrderState::Queued).await;
            uuids.push(execution.uuid);
        }
        agent.connect(&lab.engine, &[]).await;
        let mut orders = Vec::new();
        for _ in 0..20 {
            orders.push(agent.order().await);
        }
        let executions: Vec<&str> = orders.iter().map(|order| order.execution.as_str()).collect();
        assert_eq!(executions, uuids);
        assert!(orders.windows(2).all(|pair| pair[0].fence < pair[1].fence));
        for order in &orders {
            agent.report(order.fence, lab.now(), 0).await;
        }
        for uuid in &uuids {
            assert_eq!(end_of(lab, &lab.engine, uuid).await.status, Status::Success);
        }
        assert_eq!(system.device_orders(agent.id).await.unwrap().len(), 20);
    }

    async fn cancelling_reaches_the_device(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "web-01").await;
        let job = job(&system, json!({ "devices": [agent.id] })).await;
        let execution = run(&system, job).await;
        let fence = agent.order().await.fence;
        agent.say(DeviceSaid::Accepted { fence }).await;
        agent.say(DeviceSaid::Started { fence, at: lab.now() }).await;
        state_of(lab, &lab.engine, &execution.uuid, OrderState::Started).await;
        system.cancel_execution(&execution.uuid, None).await.unwrap();
        let DeviceMail::Cancel { fence: of, reason } = agent.mail().await else { panic!("not a cancellation") };
        assert_eq!((of, reason.as_str()), (fence, "cancelled"));
        agent.say(DeviceSaid::Ended {
            fence,
            at: lab.now(),
            outcome: OrderOutcome::Cancelled,
            reason: Some("cancelled".to_owned()),
            exit_code: None,
            steps: json!([]),
        }).await;
        let ended = end_of(lab, &lab.engine, &execution.uuid).await;
        assert_eq!(ended.status, Status::Cancelled);
    }

    async fn a_device_that_does_not_answer_a_cancellation_is_told_to_drop_it_later(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "web-01").await;
        let job = job(&system, json!({ "devices": [agent.id] })).await;
        let execution = run(&system, job).await;
        let fence = agent.order().await.fence;
        agent.say(DeviceSaid::Accepted { fence }).await;
        state_of(lab, &lab.engine, &execution.uuid, OrderState::Accepted).await;
        agent.leave().await;
        system.cancel_execution(&execution.uuid, None).await.unwrap();
        lab.until(&lab.engine, "the devices were told", || async {
            let orders = system.execution_devices(&execution.uuid).await.unwrap();
            orders[0].reason.as_deref() == Some("cancelled")
        }).await;
        lab.advance(11);
        assert_eq!(end_of(lab, &lab.engine, &execution.uuid).await.status, Status::Cancelled);
        let admitted = lab.engine.connect_device(&agent.key, &agent.link, &[fence], hello("again")).await.unwrap().unwrap();
        assert_eq!(admitted.forget, [fence]);
    }

    async fn a_token_enrols_one_device_once_and_not_after_its_end(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let token = system.create_enrollment(NewEnrollment::default()).await.unwrap();
        assert_eq!(token.expires_at, lab.now() + jiff::SignedDuration::from_mins(15));
        let enroll = async |key: &str, token: &str| {
            let answer = lab.engine.enroll_device(key, token, hello("web-01")).await.unwrap();
            answer.map(|admitted| admitted.session.device_id())
        };
        assert_eq!(enroll("a", "nonsense").await, Err(Dismissal::Unknown));
        assert!(enroll("a", &token.token).await.is_ok());
        assert_eq!(enroll("b", &token.token).await, Err(Dismissal::Unknown));
        let again = system.create_enrollment(NewEnrollment::default()).await.unwrap();
        assert_eq!(enroll("a", &again.token).await, Err(Dismissal::Unknown));
        lab.advance(901);
        assert_eq!(enroll("c", &again.token).await, Err(Dismissal::Unknown));
        assert_eq!(refusals(lab).await, ["expired_token", "known_key", "used_token", "no_token"]);
        let total = system.devices(DeviceFilter::default(), ALL).await.unwrap().total;
        assert_eq!(total, 1);
    }

    async fn a_copied_identity_suspends_the_device_until_a_person_has_looked(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "web-01").await;
        let stolen = agent.link.clone();
        lab.until(&lab.engine, "the link is stored", || async {
            lab.texts("SELECT COALESCE(link_next, '') FROM device").await == [""]
        }).await;
        // The original comes back once more, so its link is a new one.
        agent.connect(&lab.engine, &[]).await;
        lab.until(&lab.engine, "the link is stored", || async {
            lab.texts("SELECT COALESCE(link_next, '') FROM device").await == [""]
        }).await;
        let copy = lab.engine.connect_device(&agent.key, &stolen, &[], hello("copy")).await.unwrap();
        assert_eq!(copy.map(|_| ()), Err(Dismissal::Duplicate));
        assert_eq!(agent.mail().await, DeviceMail::Bye(Dismissal::Suspended));
        let original = lab.engine.connect_device(&agent.key, &agent.link, &[], hello("web-01")).await.unwrap();
        assert_eq!(original.map(|_| ()), Err(Dismissal::Suspended));
        let device = system.device(agent.id).await.unwrap();
        assert_eq!(device.status, DeviceStatus::Suspended);
        assert_eq!(device.suspension.unwrap().reason, "duplicate_identity");
        assert!(refusals(lab).await.contains(&"duplicate_identity".to_owned()));
        system.set_device_suspended(agent.id, false).await.unwrap();
        agent.connect(&lab.engine, &[]).await;
        assert_eq!(system.device(agent.id).await.unwrap().status, DeviceStatus::Online);
    }

    async fn a_link_that_was_not_stored_does_not_count_against_the_agent(lab) {
        lab.engine.start().await.unwrap();
        let mut agent = Agent::enroll(&lab.engine, &lab.system(), "web-01").await;
        // The answer to this connection never arrives.
        let lost = lab.engine.connect_device(&agent.key, &agent.link, &[], hello("web-01")).await.unwrap().unwrap();
        drop(lost);
        agent.connect(&lab.engine, &[]).await;
    }

    async fn a_second_connection_takes_over_and_the_first_says_nothing_any_more(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "web-01").await;
        let job = job(&system, json!({ "devices": [agent.id] })).await;
        let execution = run(&system, job).await;
        let fence = agent.order().await.fence;
        let mut old = agent.connection.take().unwrap();
        agent.connect(&lab.engine, &[fence]).await;
        assert_eq!(old.mail.recv().await, Some(DeviceMail::Bye(Dismissal::Replaced)));
        old.session.say(ended(fence, lab.now(), 0)).await.unwrap();
        agent.say(DeviceSaid::Started { fence, at: lab.now() }).await;
        state_of(lab, &lab.engine, &execution.uuid, OrderState::Started).await;
        agent.say(ended(fence, lab.now(), 4)).await;
        let ended = end_of(lab, &lab.engine, &execution.uuid).await;
        assert_eq!(ended.outcome.cause.as_deref(), Some("exit_code:4"));
    }

    async fn what_is_said_about_the_order_of_another_device_is_refused(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "web-01").await;
        let mut other = Agent::enroll(&lab.engine, &system, "web-02").await;
        let job = job(&system, json!({ "devices": [agent.id] })).await;
        let execution = run(&system, job).await;
        let fence = agent.order().await.fence;
        other.say(ended(fence, lab.now(), 0)).await;
        assert_eq!(other.mail().await, DeviceMail::Drop { fence });
        other.say(ended(999_999, lab.now(), 0)).await;
        assert_eq!(other.mail().await, DeviceMail::Drop { fence: 999_999 });
        assert_eq!(refusals(lab).await, ["unknown_order", "order_of_another_device"]);
        let order = system.execution_devices(&execution.uuid).await.unwrap().remove(0);
        assert_eq!(order.state, OrderState::Sent);
        // Repeating an end changes nothing.
        agent.report(fence, lab.now(), 0).await;
        agent.say(ended(fence, lab.now(), 9)).await;
        assert!(matches!(agent.mail().await, DeviceMail::Ack { settled: true, .. }));
        let order = system.execution_devices(&execution.uuid).await.unwrap().remove(0);
        assert_eq!(order.outcome, Some(OrderOutcome::Success));
    }

    async fn an_order_lost_on_the_way_is_sent_again_and_one_that_was_forgotten_is_lost(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "web-01").await;
        let job = job(&system, json!({ "devices": [agent.id] })).await;
        let execution = run(&system, job).await;
        let first = agent.order().await;
        agent.leave().await;
        agent.connect(&lab.engine, &[]).await;
        let again = agent.order().await;
        assert_eq!(again.fence, first.fence);
        agent.say(DeviceSaid::Accepted { fence: again.fence }).await;
        state_of(lab, &lab.engine, &execution.uuid, OrderState::Accepted).await;
        agent.leave().await;
        // Its disk was replaced.
        agent.connect(&lab.engine, &[]).await;
        end_of(lab, &lab.engine, &execution.uuid).await;
        let order = system.execution_devices(&execution.uuid).await.unwrap().remove(0);
        assert_eq!((order.outcome, order.reason.as_deref()), (Some(OrderOutcome::Lost), Some("forgotten_by_device")));
    }

    async fn a_run_goes_on_waiting_after_the_server_was_started_again(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "web-01").await;
        let job = job(&system, json!({ "devices": [agent.id] })).await;
        let execution = run(&system, job).await;
        let fence = agent.order().await.fence;
        agent.say(DeviceSaid::Accepted { fence }).await;
        agent.say(output(fence, 1, lab.now(), "before\n")).await;
        state_of(lab, &lab.engine, &execution.uuid, OrderState::Accepted).await;
        let report = lab.engine.stop(Duration::from_secs(5)).await;
        assert!(report.drained);
        lab.advance(120);
        let engine = lab.reopen(|_| {}).await;
        engine.start().await.unwrap();
        agent.connect(&engine, &[fence]).await;
        agent.say(output(fence, 2, lab.now(), "after\n")).await;
        agent.say(ended(fence, lab.now(), 0)).await;
        let ended = end_of(lab, &engine, &execution.uuid).await;
        assert_eq!((ended.status, ended.attempt), (Status::Success, 1));
        let caller = engine.caller(Actor::system());
        let log = caller.log(&execution.uuid, LogQuery { limit: 100, ..LogQuery::default() }).await.unwrap();
        let relayed = log.lines.iter().filter(|line| line.text.starts_with("[web-01]")).count();
        assert_eq!(relayed, 2, "{:?}", log.lines);
        assert_eq!(caller.device_orders(agent.id).await.unwrap().len(), 1);
        engine.stop(Duration::from_secs(5)).await;
    }

    async fn a_device_that_falls_silent_is_unreachable_and_at_last_lost(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "web-01").await;
        let job = job(&system, json!({ "devices": [agent.id] })).await;
        let execution = run(&system, job).await;
        let fence = agent.order().await.fence;
        agent.say(DeviceSaid::Started { fence, at: lab.now() }).await;
        state_of(lab, &lab.engine, &execution.uuid, OrderState::Started).await;
        lab.advance(60);
        let order = system.execution_devices(&execution.uuid).await.unwrap().remove(0);
        assert!(order.is_unreachable && order.state == OrderState::Started);
        lab.advance(800);
        end_of(lab, &lab.engine, &execution.uuid).await;
        let order = system.execution_devices(&execution.uuid).await.unwrap().remove(0);
        assert_eq!((order.outcome, order.reason.as_deref()), (Some(OrderOutcome::Lost), Some("no_answer")));
    }

    async fn a_revoked_device_is_sent_away_and_never_comes_back(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "web-01").await;
        let job = job(&system, json!({ "devices": [agent.id] })).await;
        let execution = run(&system, job).await;
        agent.order().await;
        system.revoke_device(agent.id).await.unwrap();
        assert_eq!(agent.mail().await, DeviceMail::Bye(Dismissal::Revoked));
        let answer = lab.engine.connect_device(&agent.key, &agent.link, &[], hello("web-01")).await.unwrap();
        assert_eq!(answer.map(|_| ()), Err(Dismissal::Revoked));
        end_of(lab, &lab.engine, &execution.uuid).await;
        let order = system.execution_devices(&execution.uuid).await.unwrap().remove(0);
        assert_eq!(order.reason.as_deref(), Some("revoked"));
        assert_eq!(system.set_device_suspended(agent.id, false).await.unwrap_err().kind, Kind::Conflict);
        system.delete_device(agent.id).await.unwrap();
        let answer = lab.engine.connect_device(&agent.key, &agent.link, &[], hello("web-01")).await.unwrap();
        assert_eq!(answer.map(|_| ()), Err(Dismissal::Revoked));
        let unknown = lab.engine.connect_device("another key", &agent.link, &[], hello("web-01")).await.unwrap();
        assert_eq!(unknown.map(|_| ()), Err(Dismissal::Unknown));
    }

    async fn nobody_sees_or_uses_the_devices_of_another(lab) {
        lab.engine.start().await.unwrap();
        let anna = lab.caller("anna", Role::User).await;
        let bela = lab.caller("bela", Role::User).await;
        let agent = Agent::enroll(&lab.engine, &anna, "web-01").await;
        assert_eq!(bela.devices(DeviceFilter::default(), ALL).await.unwrap().total, 0);
        let not_found = |kind: Kind| assert_eq!(kind, Kind::NotFound);
        not_found(bela.device(agent.id).await.unwrap_err().kind);
        not_found(bela.update_device(agent.id, DevicePatch::default()).await.unwrap_err().kind);
        not_found(bela.revoke_device(agent.id).await.unwrap_err().kind);
        not_found(bela.delete_device(agent.id).await.unwrap_err().kind);
        not_found(bela.set_device_maintenance(agent.id, true, None, None).await.unwrap_err().kind);
        not_found(bela.device_orders(agent.id).await.unwrap_err().kind);
        // Bela may give commands, but not to this device, until Anna shares it.
        let mut actor = bela.actor().clone();
        actor.grants = vec!["command".to_owned()];
        let bela = lab.engine.caller(actor);
        let refused = bela.create_job(draft(json!({ "devices": [agent.id] }))).await.unwrap_err();
        assert_eq!(refused.fields[0].pointer, "/parameters/targets/devices/0");
        let sharing = Sharing { everybody: false, users: vec![bela.actor().user_id] };
        anna.update_device(agent.id, DevicePatch { sharing: Some(sharing), ..DevicePatch::default() }).await.unwrap();
        let seen = bela.device(agent.id).await.unwrap();
        assert!(seen.sharing.users.is_empty());
        assert_eq!(bela.revoke_device(agent.id).await.unwrap_err().kind, Kind::Forbidden);
        let id = job(&bela, json!({ "devices": [agent.id] })).await;
        assert!(id > 0);
        assert_eq!(bela.actor().role, Role::User);
        let viewer = lab.caller("vera", Role::Viewer).await;
        assert_eq!(viewer.create_enrollment(NewEnrollment::default()).await.unwrap_err().kind, Kind::Forbidden);
    }

    async fn batches_follow_each_other_and_too_many_failures_halt_them(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agents = Vec::new();
        for number in 0..4 {
            agents.push(Agent::enroll(&lab.engine, &system, &format!("web-{number}")).await);
        }
        let ids: Vec<i64> = agents.iter().map(|agent| agent.id).collect();
        let job = job(&system, json!({ "devices": ids, "batches": [50, 100], "haltAtFailedPercent": 50 })).await;
        let execution = run(&system, job).await;
        agents[0].obey(lab.now(), 0).await;
        let states: Vec<OrderState> = system.execution_devices(&execution.uuid).await.unwrap().iter().map(|order| order.state).collect();
        assert_eq!(states[2..], [OrderState::Planned, OrderState::Planned]);
        agents[1].obey(lab.now(), 1).await;
        let ended = end_of(lab, &lab.engine, &execution.uuid).await;
        assert_eq!(ended.status, Status::Partial);
        assert_eq!(ended.outcome.warnings, ["halted: too many devices failed"]);
        assert_eq!(ended.outcome.summary.as_deref(), Some("1 of 4 devices succeeded, 2 cancelled, 1 failed"));
    }

    async fn a_retry_asks_only_those_that_did_not_succeed(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "web-01").await;
        let job = job_with(&system, json!({ "devices": [agent.id] }), |draft| {
            draft.settings.retry = RetryPolicy { max_attempts: 2, delay_seconds: 5.0, jitter: 0.0, ..RetryPolicy::default() };
        }).await;
        let execution = run(&system, job).await;
        let first = agent.obey(lab.now(), 1).await;
        lab.until(&lab.engine, "the retry is pending", || async {
            system.execution(&execution.uuid).await.unwrap().attempt == 2
        }).await;
        lab.advance(6);
        let second = agent.obey(lab.now(), 0).await;
        assert_eq!((first.attempt, second.attempt), (1, 2));
        assert!(second.fence > first.fence);
        let ended = end_of(lab, &lab.engine, &execution.uuid).await;
        assert_eq!((ended.status, ended.attempt), (Status::Success, 2));
    }

    async fn a_device_in_maintenance_is_given_nothing(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "web-01").await;
        let until = lab.now() + jiff::SignedDuration::from_mins(30);
        let device = system.set_device_maintenance(agent.id, true, Some(until), Some("disk".to_owned())).await.unwrap();
        assert_eq!(device.maintenance.unwrap().until, Some(until));
        let fails = job(&system, json!({ "devices": [agent.id] })).await;
        let waits = job(&system, json!({ "devices": [agent.id], "offline": "wait" })).await;
        let (fails, waits) = (run(&system, fails).await, run(&system, waits).await);
        end_of(lab, &lab.engine, &fails.uuid).await;
        let order = system.execution_devices(&fails.uuid).await.unwrap().remove(0);
        assert_eq!(order.reason.as_deref(), Some("maintenance"));
        state_of(lab, &lab.engine, &waits.uuid, OrderState::Queued).await;
        system.set_device_maintenance(agent.id, false, None, None).await.unwrap();
        let order = agent.obey(lab.now(), 0).await;
        assert_eq!(order.execution, waits.uuid);
        assert_eq!(system.set_device_maintenance(agent.id, true, Some(lab.now()), None).await.unwrap_err().kind, Kind::Invalid);
    }

    async fn secrets_in_commands_rest_sealed_and_are_not_shown(lab) {
        if lab.is_postgres() {
            // Without a key there are no secrets.
            return;
        }
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "web-01").await;
        system.create_secret(NewSecret {
            owner_id: None,
            name: "password".to_owned(),
            value: "open sesame".to_owned().into(),
            description: None,
            sharing: Sharing::default(),
        }).await.unwrap();
        let job = job_with(&system, json!({ "devices": [agent.id] }), |draft| {
            draft.parameters["env"] = json!({ "PASSWORD": { "$secret": "password" } });
        }).await;
        let execution = run(&system, job).await;
        let order = agent.order().await;
        assert_eq!(order.steps[0]["env"]["PASSWORD"], "open sesame");
        let stored = lab.texts("SELECT steps FROM device_order").await;
        assert!(!stored[0].contains("sesame"), "{stored:?}");
        agent.say(output(order.fence, 1, lab.now(), "it is open sesame\n")).await;
        agent.say(ended(order.fence, lab.now(), 0)).await;
        end_of(lab, &lab.engine, &execution.uuid).await;
        let (_, pieces) = system.execution_device_output(&execution.uuid, agent.id, 0).await.unwrap();
        assert!(!pieces[0].text.contains("sesame"), "{pieces:?}");
    }

    async fn orders_that_nobody_waits_for_are_ended(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut agent = Agent::enroll(&lab.engine, &system, "web-01").await;
        let job = job(&system, json!({ "devices": [agent.id] })).await;
        let execution = run(&system, job).await;
        let fence = agent.order().await.fence;
        lab.sql("INSERT INTO device_order SELECT id + 1000, execution_id + 1000000, device_id, number, fence + 1000, owner_id, batch, state, steps, stop_on_failure, waits_offline, created_at, queued_at, sent_at, sent_session, wait_us, expires_at, limit_us, give_up_at, started_at, ended_at, step, progress, note, cancel_reason, outcome, reason, exit_code, result, output_bytes, output_seq, logged FROM device_order").await;
        lab.advance(16);
        assert_eq!(agent.mail().await, DeviceMail::Drop { fence: fence + 1_000 });
        agent.report(fence, lab.now(), 0).await;
        assert_eq!(end_of(lab, &lab.engine, &execution.uuid).await.status, Status::Success);
    }
}

#[tokio::test]
async fn runs_that_wait_take_no_slot() {
    let lab = Lab::sqlite().await;
    lab.engine.stop(Duration::from_secs(1)).await;
    let engine = lab.reopen(|config| config.worker_slots = 1).await;
    engine.start().await.unwrap();
    let system = engine.caller(Actor::system());
    let mut agent = Agent::enroll(&engine, &system, "laptop").await;
    agent.leave().await;
    let waiting = job(&system, json!({ "devices": [agent.id], "offline": "wait" })).await;
    let mut uuids = Vec::new();
    for _ in 0..5 {
        uuids.push(run(&system, waiting).await.uuid);
    }
    let mut echo = draft(json!({}));
    echo.task_function = "echo".to_owned();
    echo.parameters = json!({ "message": "still here" });
    let echo = system.create_job(echo).await.unwrap().job.id;
    let other = run(&system, echo).await;
    assert_eq!(
        end_of(&lab, &engine, &other.uuid).await.status,
        Status::Success
    );
    for uuid in &uuids {
        state_of(&lab, &engine, uuid, OrderState::Queued).await;
    }
    engine.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn the_installations_key_is_made_once_and_survives_a_new_key_of_the_secrets() {
    let lab = Lab::sqlite().await;
    let fresh = |text: &str| {
        let text = text.to_owned();
        move || Some((format!("public {text}"), format!("private {text}").into()))
    };
    let first = lab.engine.fleet_key(fresh("a")).await.unwrap();
    assert_eq!(lab.engine.fleet_key(fresh("b")).await.unwrap(), first);
    assert_eq!(lab.system().rotate_secret_key().await.unwrap().values, 1);
    assert_eq!(lab.engine.fleet_key(fresh("c")).await.unwrap(), first);
    assert_eq!(first.1.as_str(), "private a");
}
