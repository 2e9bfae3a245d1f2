//! Who is told of what, when, and how often: through the engine's only door, on both databases. What is sent arrives
//! in a post box instead of the network.

#![expect(
    clippy::unwrap_used,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use orloj_engine::model::{
    Channel, ChannelKind, ChannelLanguage, Delivery, DeliveryFilter, DeliveryState, JobDraft,
    NewChannel, NewNotificationRule, NotificationDelivery, NotificationEvent as Event,
    NotificationFilter, NotificationPolicy, Page, QuietHours, Role, RunRequest, Settings, Sharing,
    Trigger,
};
use orloj_engine::{Caller, Engine, Kind};
use orloj_schedule::{RuleSpec, Spec};
use orloj_tasks::{
    Category, Cause, Context, Delivery as TaskDelivery, Outcome, ParameterError, Policy,
    TaskFunction, TaskInfo, Text,
};
use serde_json::{Value, json};
use support::{Lab, both};

const ALL: Page = Page {
    number: 1,
    size: 100,
};

/// Takes the place of `webhook`: what is sent is kept, and what is to go wrong does.
struct PostBox {
    info: TaskInfo,
    got: Mutex<Vec<(String, Value)>>,
    fails: Mutex<u32>,
}

impl PostBox {
    fn new() -> Self {
        Self {
            info: TaskInfo {
                key: "webhook".to_owned(),
                name: Text::fixed("Post box", "صندوق بريد"),
                description: Text::fixed("Keeps what is sent.", "يحفظ ما يُرسل."),
                category: Category::General,
                icon: "mail".to_owned(),
                schema: json!({ "type": "object" }),
                default_delivery: TaskDelivery::AtMostOnce,
                grant: None,
                default_timeout_seconds: None,
                example: json!({}),
            },
            got: Mutex::default(),
            fails: Mutex::default(),
        }
    }

    /// What arrived, as `event: job`.
    fn lines(&self) -> Vec<String> {
        let got = self.got.lock().unwrap();
        got.iter()
            .map(|(_, body)| body["title"].as_str().unwrap().to_owned())
            .collect()
    }

    fn bodies(&self) -> Vec<(String, Value)> {
        self.got.lock().unwrap().clone()
    }

    fn fail(&self, times: u32) {
        *self.fails.lock().unwrap() = times;
    }
}

#[async_trait]
impl TaskFunction for PostBox {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, _: &Policy) -> Result<(), Vec<ParameterError>> {
        if parameters["url"].is_string() {
            return Ok(());
        }
        Err(vec![ParameterError::new(
            "/url",
            "required",
            Text::fixed("is missing", "مفقود"),
        )])
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        let mut fails = self.fails.lock().unwrap();
        if *fails > 0 {
            *fails -= 1;
            return Outcome::failed(Cause::Network, "nobody answers");
        }
        if parameters["url"] == "https://refuses.example/" {
            let mut outcome = Outcome::failed(Cause::HttpStatus(410), "gone for ever");
            outcome.retryable = false;
            return outcome;
        }
        let body = serde_json::from_str(parameters["body"].as_str().unwrap()).unwrap();
        let mut got = self.got.lock().unwrap();
        got.push((context.execution_id.clone(), body));
        Outcome::success("kept")
    }
}

/// The lab's engine with a post box, started.
async fn with_post_box(lab: &Lab) -> (Engine, Arc<PostBox>) {
    lab.engine.stop(Duration::ZERO).await;
    open(lab).await
}

async fn open(lab: &Lab) -> (Engine, Arc<PostBox>) {
    let post_box = Arc::new(PostBox::new());
    let registered = Arc::clone(&post_box) as Arc<dyn TaskFunction>;
    let engine = lab
        .reopen_with(|catalogue| drop(catalogue.register(registered)))
        .await;
    engine.start().await.unwrap();
    (engine, post_box)
}

fn channel(name: &str) -> NewChannel {
    NewChannel {
        name: name.to_owned(),
        description: None,
        kind: ChannelKind::Webhook,
        settings: json!({ "url": "https://hooks.example/" }),
        language: ChannelLanguage::En,
        template: None,
        is_enabled: true,
        sharing: Sharing::default(),
    }
}

fn policy(events: &[Event]) -> NotificationPolicy {
    NotificationPolicy {
        events: events.to_vec(),
        channels: vec!["box".to_owned()],
        recipients: Vec::new(),
        after_failures: 1,
        late_seconds: None,
        running_seconds: None,
        dedupe_seconds: 0,
        remind_seconds: None,
        quiet_hours: None,
    }
}

fn rule(name: &str, policy: NotificationPolicy) -> NewNotificationRule {
    NewNotificationRule {
        name: name.to_owned(),
        is_global: false,
        is_enabled: true,
        filter: NotificationFilter::default(),
        policy,
    }
}

fn draft(name: &str, parameters: Value) -> JobDraft {
    JobDraft {
        task_function: "probe".to_owned(),
        name_en: Some(name.to_owned()),
        name_ar: None,
        description_en: None,
        description_ar: None,
        schedule: Spec::new(RuleSpec::Manual),
        parameters,
        settings: Settings::with_delivery(Delivery::AtMostOnce),
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    }
}

async fn job(caller: &Caller, draft: JobDraft) -> i64 {
    caller.create_job(draft).await.unwrap().job.id
}

fn bad() -> Value {
    json!({ "failTimes": 9 })
}

/// Runs a job with these parameters to its end.
async fn run(lab: &Lab, engine: &Engine, caller: &Caller, job: i64, parameters: Value) {
    let request = RunRequest {
        parameters: Some(parameters),
        ..RunRequest::new(job, Trigger::Manual)
    };
    let uuid = caller.run_job(request).await.unwrap().uuid;
    lab.until(engine, "the run ends", || async {
        caller.execution(&uuid).await.unwrap().status.is_final()
    })
    .await;
    decided(lab, engine).await;
}

/// Waits until everything that happened has been looked at.
async fn decided(lab: &Lab, engine: &Engine) {
    lab.until(engine, "all is decided", || async {
        lab.texts("SELECT CAST(COUNT(*) AS TEXT) FROM notification_event")
            .await
            == ["0"]
    })
    .await;
}

async fn arrived(lab: &Lab, engine: &Engine, post_box: &PostBox, lines: &[&str]) {
    lab.until(engine, &format!("{lines:?} arrive"), || async {
        post_box.lines() == lines
    })
    .await;
}

async fn deliveries(caller: &Caller) -> Vec<NotificationDelivery> {
    let mut page = caller
        .deliveries(DeliveryFilter::default(), ALL)
        .await
        .unwrap()
        .items;
    page.reverse();
    page
}

async fn in_state(caller: &Caller, state: DeliveryState) -> usize {
    let all = deliveries(caller).await;
    all.iter().filter(|one| one.state == state).count()
}

both! {
    async fn failure_and_recovery_are_told_by_every_kind_of_rule(lab) {
        let (engine, post_box) = with_post_box(lab).await;
        let admin = lab.system_of(&engine);
        let ann = lab.caller_of(&engine, "ann", Role::User).await;
        admin.create_channel(NewChannel { sharing: Sharing { everybody: true, users: Vec::new() }, ..channel("box") }).await.unwrap();
        ann.create_notification_rule(rule("mine", policy(&[Event::Failure, Event::Recovery]))).await.unwrap();
        let mut all = rule("all", policy(&[Event::Success]));
        all.is_global = true;
        all.filter.tags = vec!["night".to_owned()];
        assert_eq!(ann.create_notification_rule(all.clone()).await.unwrap_err().kind, Kind::Forbidden);
        admin.create_notification_rule(all).await.unwrap();
        let mut own = draft("Tagged", json!({}));
        own.tags = vec!["night".to_owned()];
        own.settings.notifications = vec![policy(&[Event::Partial, Event::Success])];
        let tagged = job(&ann, own).await;
        let others = job(&admin, draft("Others", json!({}))).await;
        run(lab, &engine, &admin, others, bad()).await;
        run(lab, &engine, &ann, tagged, bad()).await;
        arrived(lab, &engine, &post_box, &["Failed: Tagged"]).await;
        run(lab, &engine, &ann, tagged, json!({})).await;
        lab.until(&engine, "three more", || async { post_box.lines().len() == 4 }).await;
        let mut lines = post_box.lines();
        lines.sort();
        assert_eq!(lines, ["Failed: Tagged", "Succeeded: Tagged", "Succeeded: Tagged", "Works again: Tagged"]);
        let (id, body) = post_box.bodies().remove(0);
        assert_eq!(body["id"], id);
        assert_eq!((&body["status"], &body["failures"], &body["error"]), (&json!("failed"), &json!(1), &json!("attempt 1 failed as told")));
        // Hers: the rule's two and the job's own. The administrator's is not hers.
        lab.until(&engine, "all three are recorded", || async { in_state(&ann, DeliveryState::Sent).await == 3 }).await;
        let hers = deliveries(&ann).await;
        assert_eq!(hers.len(), 3);
        assert!(hers.iter().all(|one| one.attempts.len() == 1));
        assert_eq!(hers[0].uuid, id);
        let bob = lab.caller_of(&engine, "bob", Role::User).await;
        assert!(deliveries(&bob).await.is_empty());
        assert_eq!(bob.delivery(hers[0].id).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(bob.retry_delivery(hers[0].id).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(ann.retry_delivery(hers[0].id).await.unwrap_err().kind, Kind::Conflict);
        // Without rules nothing is noted any more.
        for one in admin.notification_rules().await.unwrap() {
            admin.delete_notification_rule(one.id).await.unwrap();
        }
        run(lab, &engine, &admin, others, bad()).await;
        assert_eq!(post_box.lines().len(), 4);
        engine.stop(Duration::ZERO).await;
    }

    async fn a_job_that_stays_broken_is_told_again_and_the_same_is_not_said_twice(lab) {
        let (engine, post_box) = with_post_box(lab).await;
        let admin = lab.system_of(&engine);
        admin.create_channel(channel("box")).await.unwrap();
        let mut quiet = policy(&[Event::Failure, Event::Recovery]);
        quiet.after_failures = 2;
        quiet.dedupe_seconds = 86_400;
        quiet.remind_seconds = Some(3_600);
        let mut own = draft("Broken", json!({}));
        own.settings.notifications = vec![quiet];
        let broken = job(&admin, own).await;
        run(lab, &engine, &admin, broken, bad()).await;
        assert!(deliveries(&admin).await.is_empty());
        run(lab, &engine, &admin, broken, bad()).await;
        run(lab, &engine, &admin, broken, bad()).await;
        arrived(lab, &engine, &post_box, &["Failed: Broken"]).await;
        lab.advance(3_600);
        arrived(lab, &engine, &post_box, &["Failed: Broken", "Still failing: Broken"]).await;
        let (_, reminder) = post_box.bodies().remove(1);
        assert_eq!((&reminder["failures"], &reminder["unsaid"]), (&json!(3), &json!(1)));
        run(lab, &engine, &admin, broken, json!({})).await;
        arrived(lab, &engine, &post_box, &["Failed: Broken", "Still failing: Broken", "Works again: Broken"]).await;
        lab.advance(7_200);
        run(lab, &engine, &admin, broken, json!({})).await;
        assert_eq!(deliveries(&admin).await.len(), 3);
        engine.stop(Duration::ZERO).await;
    }

    async fn quiet_hours_hold_back_and_end_in_one_summary(lab) {
        let (engine, post_box) = with_post_box(lab).await;
        let admin = lab.system_of(&engine);
        admin.create_channel(channel("box")).await.unwrap();
        let mut quiet = policy(&[Event::Failure]);
        // The clock begins at 10:00 UTC: noon in Cairo.
        quiet.quiet_hours = Some(QuietHours { timezone: "Africa/Cairo".to_owned(), from: "11:00".to_owned(), until: "13:30".to_owned(), critical_passes: true });
        admin.create_notification_rule(rule("quiet", quiet)).await.unwrap();
        let (one, two) = (job(&admin, draft("One", json!({}))).await, job(&admin, draft("Two", json!({}))).await);
        let mut primary = draft("Critical", json!({}));
        primary.is_primary = true;
        let critical = job(&admin, primary).await;
        run(lab, &engine, &admin, one, bad()).await;
        run(lab, &engine, &admin, two, bad()).await;
        run(lab, &engine, &admin, critical, bad()).await;
        arrived(lab, &engine, &post_box, &["Failed: Critical"]).await;
        assert_eq!(in_state(&admin, DeliveryState::Held).await, 2);
        assert_eq!(deliveries(&admin).await[0].next_at.unwrap().to_string(), "2026-03-02T11:30:00Z");
        lab.advance(5_400);
        arrived(lab, &engine, &post_box, &["Failed: Critical", "Notifications held during quiet hours: 2"]).await;
        let (_, summary) = post_box.bodies().remove(1);
        let jobs: Vec<&Value> = summary["items"].as_array().unwrap().iter().map(|item| &item["job"]["name"]).collect();
        assert_eq!(jobs, ["One", "Two"]);
        assert_eq!(in_state(&admin, DeliveryState::Summarized).await, 2);
        engine.stop(Duration::ZERO).await;
    }

    async fn late_long_and_missed(lab) {
        let (engine, post_box) = with_post_box(lab).await;
        let admin = lab.system_of(&engine);
        admin.create_channel(channel("box")).await.unwrap();
        let mut slow = policy(&[Event::LongRunning, Event::Late, Event::Missed]);
        slow.running_seconds = Some(60);
        slow.late_seconds = Some(30);
        admin.create_notification_rule(rule("slow", slow)).await.unwrap();
        let long = job(&admin, draft("Long", json!({ "mode": "hold" }))).await;
        let request = RunRequest::new(long, Trigger::Manual);
        admin.run_job(request.clone()).await.unwrap();
        lab.until(&engine, "it runs", || async { lab.probe.running() == 1 }).await;
        // A second one waits for the first: the limit is one.
        let mut queued = admin.job(long).await.unwrap().job.draft();
        queued.settings.overlap = orloj_engine::model::Overlap::Queue;
        admin.edit_job(long, None, false, |_| Ok(queued)).await.unwrap();
        engine.settle().await;
        admin.run_job(request).await.unwrap();
        engine.settle().await;
        lab.advance(35);
        arrived(lab, &engine, &post_box, &["Late: Long"]).await;
        lab.advance(30);
        arrived(lab, &engine, &post_box, &["Late: Long", "Runs for long: Long"]).await;
        lab.advance(30);
        lab.probe.release(2);
        lab.until(&engine, "both end", || async { lab.probe.running() == 0 }).await;
        decided(lab, &engine).await;
        // Nothing runs while no engine does.
        let mut every = draft("Every", json!({}));
        every.schedule = Spec::new(RuleSpec::Interval { every_seconds: 600, anchor: lab.now() });
        every.settings.misfire_grace_seconds = Some(1);
        job(&admin, every).await;
        engine.settle().await;
        engine.stop(Duration::ZERO).await;
        lab.advance(1_900);
        let (engine, post_box) = open(lab).await;
        arrived(lab, &engine, &post_box, &["Missed: Every"]).await;
        let (_, body) = post_box.bodies().remove(0);
        assert_eq!((&body["count"], &body["until"]), (&json!(3), &json!("2026-03-02T10:31:35Z")));
        engine.stop(Duration::ZERO).await;
    }

    async fn what_cannot_be_sent_is_tried_again_and_given_up(lab) {
        let (engine, post_box) = with_post_box(lab).await;
        let admin = lab.system_of(&engine);
        admin.create_channel(channel("box")).await.unwrap();
        admin.create_notification_rule(rule("all", policy(&[Event::Failure]))).await.unwrap();
        let one = job(&admin, draft("One", json!({}))).await;
        post_box.fail(3);
        run(lab, &engine, &admin, one, bad()).await;
        let tries = async |count: usize| {
            lab.until(&engine, "a try", || async { deliveries(&admin).await[0].attempts.len() == count }).await;
        };
        tries(1).await;
        let waiting = deliveries(&admin).await.remove(0);
        assert_eq!((waiting.state, waiting.error.as_deref()), (DeliveryState::Pending, Some("nobody answers")));
        assert_eq!(waiting.next_at.unwrap().as_second() - lab.now().as_second(), 30);
        lab.advance(30);
        tries(2).await;
        lab.advance(59);
        engine.settle().await;
        assert_eq!(deliveries(&admin).await[0].attempts.len(), 2);
        // By hand it need not wait.
        admin.retry_delivery(waiting.id).await.unwrap();
        tries(3).await;
        lab.advance(30);
        arrived(lab, &engine, &post_box, &["Failed: One"]).await;
        tries(4).await;
        assert_eq!(post_box.bodies()[0].0, waiting.uuid);
        post_box.fail(u32::MAX);
        run(lab, &engine, &admin, one, bad()).await;
        // Try after try: a clock that runs ahead of them would make it too old instead.
        for count in 1..=10 {
            lab.until(&engine, "a try", || async { deliveries(&admin).await[1].attempts.len() == count }).await;
            if let Some(next) = deliveries(&admin).await[1].next_at {
                lab.advance(next.as_second() - lab.now().as_second() + 1);
            }
        }
        let given_up = deliveries(&admin).await.remove(1);
        assert_eq!(given_up.state, DeliveryState::Failed);
        post_box.fail(0);
        admin.retry_delivery(given_up.id).await.unwrap();
        arrived(lab, &engine, &post_box, &["Failed: One", "Failed: One"]).await;
        // What is refused for good is not tried again.
        let id = admin.channels().await.unwrap()[0].id;
        admin.update_channel(id, |before| NewChannel { settings: json!({ "url": "https://refuses.example/" }), ..before }).await.unwrap();
        run(lab, &engine, &admin, one, bad()).await;
        lab.until(&engine, "it is refused", || async { deliveries(&admin).await[2].state == DeliveryState::Failed }).await;
        assert_eq!(deliveries(&admin).await[2].attempts.len(), 1);
        engine.stop(Duration::ZERO).await;
    }

    async fn a_crash_loses_nothing_and_decides_nothing_twice(lab) {
        let (engine, _) = with_post_box(lab).await;
        let admin = lab.system_of(&engine);
        admin.create_channel(channel("box")).await.unwrap();
        admin.create_notification_rule(rule("all", policy(&[Event::Failure]))).await.unwrap();
        let one = job(&admin, draft("One", json!({}))).await;
        run(lab, &engine, &admin, one, json!({})).await;
        engine.stop(Duration::ZERO).await;
        // What is in the database when a process dies between the end of a run and the decision, and while it sends.
        let now = lab.now().as_microsecond();
        lab.sql(&format!("INSERT INTO notification_event (at, job_id, execution_id, from_at, facts) VALUES ({now}, {one}, 77, 0, '{{\"status\":4,\"createdAt\":{now},\"due\":{now},\"count\":1}}')")).await;
        lab.sql(&format!("INSERT INTO notification_delivery (id, uuid, owner_id, rule, rule_name, channel_id, channel_name, event, state, payload, attempts, tries, next_at, created_at) \
             SELECT 900, 'half-sent', 0, 'r1', 'all', id, 'box', 'failure', 2, '{{\"event\":\"failure\",\"job\":{{\"name\":\"Half\"}}}}', 1, '[]', {}, {now} FROM notification_channel", now + 60_000_000)).await;
        let (engine, post_box) = open(lab).await;
        arrived(lab, &engine, &post_box, &["Failed: One"]).await;
        lab.advance(60);
        arrived(lab, &engine, &post_box, &["Failed: One", "Failed: Half"]).await;
        assert_eq!(post_box.bodies()[1].0, "half-sent");
        engine.stop(Duration::ZERO).await;
    }

    async fn mistakes_are_named_and_shared_channels_keep_their_settings(lab) {
        let (engine, _) = with_post_box(lab).await;
        let ann = lab.caller_of(&engine, "ann", Role::User).await;
        let bob = lab.caller_of(&engine, "bob", Role::User).await;
        let eve = lab.caller_of(&engine, "eve", Role::Viewer).await;
        let refused = async |new: NewChannel| {
            let error = ann.create_channel(new).await.unwrap_err();
            error.fields.into_iter().map(|field| field.pointer).collect::<Vec<_>>()
        };
        assert_eq!(refused(NewChannel { settings: json!({}), ..channel("box") }).await, ["/settings/url"]);
        assert_eq!(refused(NewChannel { settings: json!({ "url": "https://x.example", "secret": "clear" }), ..channel("box") }).await, ["/settings/secret"]);
        assert_eq!(refused(NewChannel { settings: json!({ "url": "https://x.example", "secret": { "$secret": "none" } }), ..channel("box") }).await, ["/settings/secret"]);
        assert_eq!(refused(NewChannel { settings: json!({ "url": "https://x.example", "other": 1 }), ..channel("box") }).await, ["/settings/other"]);
        let template = orloj_engine::model::ChannelTemplate { subject: Some("{% macro x() %}".to_owned()), ..Default::default() };
        assert_eq!(refused(NewChannel { template: Some(template), ..channel("box") }).await, ["/template/subject"]);
        assert_eq!(refused(NewChannel { kind: ChannelKind::Mail, settings: json!({ "connection": "mail", "recipients": ["a@b.example\r\nBcc: c@d.example"] }), ..channel("box") }).await, ["/settings/recipients/0"]);
        let made: Channel = ann.create_channel(channel("box")).await.unwrap();
        assert_eq!(ann.create_channel(channel("box")).await.unwrap_err().kind, Kind::Conflict);
        assert_eq!(eve.create_channel(channel("box")).await.unwrap_err().kind, Kind::Forbidden);
        assert_eq!(bob.channel(made.id).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(bob.test_channel(made.id).await.unwrap_err().kind, Kind::NotFound);
        let unknown = bob.create_notification_rule(rule("r", policy(&[Event::Failure]))).await.unwrap_err();
        assert_eq!(unknown.fields[0].pointer, "/notify/channels/0");
        let mut own = draft("Own", json!({}));
        own.settings.notifications = vec![policy(&[Event::Failure])];
        assert_eq!(bob.create_job(own).await.unwrap_err().fields[0].pointer, "/notifications/0/channels/0");
        ann.update_channel(made.id, |before| NewChannel { sharing: Sharing { everybody: true, users: Vec::new() }, ..before }).await.unwrap();
        let seen = bob.channel(made.id).await.unwrap();
        assert_eq!((seen.settings, seen.sharing), (json!({}), Sharing::default()));
        assert_eq!(bob.update_channel(made.id, |before| before).await.unwrap_err().kind, Kind::Forbidden);
        assert_eq!(bob.delete_channel(made.id).await.unwrap_err().kind, Kind::Forbidden);
        let his = bob.create_notification_rule(rule("r", policy(&[Event::Failure]))).await.unwrap();
        assert_eq!(ann.notification_rule(his.id).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(ann.delete_notification_rule(his.id).await.unwrap_err().kind, Kind::NotFound);
        assert!(ann.test_channel(made.id).await.unwrap().works);
        engine.stop(Duration::ZERO).await;
    }
}

#[tokio::test]
async fn of_several_instances_one_decides_and_one_sends() {
    let Some(lab) = Lab::postgres().await else {
        println!("skipped: TEST_POSTGRES_URL is not set");
        return;
    };
    let (first, one_box) = with_post_box(&lab).await;
    let (second, other_box) = open(&lab).await;
    let admin = lab.system_of(&first);
    admin.create_channel(channel("box")).await.unwrap();
    admin
        .create_notification_rule(rule("all", policy(&[Event::Failure])))
        .await
        .unwrap();
    // The other instance learns of the rule at its next look.
    lab.advance(3);
    let mut jobs = Vec::new();
    for number in 0..6 {
        jobs.push(job(&admin, draft(&format!("J{number}"), bad())).await);
    }
    let count = |box_: &Arc<PostBox>| box_.lines().len();
    for (number, id) in jobs.iter().enumerate() {
        let caller = lab.system_of(if number % 2 == 0 { &first } else { &second });
        let request = RunRequest::new(*id, Trigger::Manual);
        caller.run_job(request).await.unwrap();
    }
    lab.until(&first, "each is told once", || async {
        lab.advance(1);
        second.settle().await;
        count(&one_box) + count(&other_box) == 6
    })
    .await;
    lab.advance(300);
    decided(&lab, &first).await;
    assert_eq!(deliveries(&admin).await.len(), 6);
    assert_eq!(count(&one_box) + count(&other_box), 6);
    second.stop(Duration::ZERO).await;
    first.stop(Duration::ZERO).await;
    lab.drop_database().await;
}
