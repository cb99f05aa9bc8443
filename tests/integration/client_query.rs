//! Finding instances: filters, order, pages, tokens, counts.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use durable::client::Query;
use durable::prelude::*;
use durable::{ClientError, PageToken, StatusSet, Timestamp};

use crate::common::{Hub, on_each_store};

on_each_store!(
    every_filter_leaves_in_what_it_says,
    pages_come_in_order_and_leave_nothing_out,
    pages_go_on_while_instances_are_added_and_purged,
    a_token_is_good_for_its_own_query_alone,
    damaged_tokens_are_refused,
    page_sizes_have_limits,
    an_id_prefix_stands_for_itself,
    times_are_ranges,
    counts_are_by_status,
);

const NEVER: Duration = Duration::from_secs(3600);

#[orchestrator]
async fn ends_as(ctx: &OrchestrationContext, end: &str) -> Result<String> {
    match end {
        "failed" => Err(durable::Error::msg("failed")),
        "waits" => Ok(ctx.event::<String>("end").await),
        end => {
            ctx.set_custom_status("ends")?;
            Ok(end.to_owned())
        }
    }
}

#[orchestrator(name = "ends_as", version = "2")]
async fn ends_as_2(_ctx: &OrchestrationContext, end: &str) -> Result<String> {
    Ok(end.to_owned())
}

#[orchestrator]
async fn other(_ctx: &OrchestrationContext) -> Result<()> {
    Ok(())
}

/// A hub with one instance of everything, by its id.
async fn populated(hub: &Hub) -> Worker {
    let worker = hub.worker().register(ends_as::definition()).register(ends_as_2::definition());
    let worker = worker.register(other::definition()).start().await.unwrap();
    let client = worker.client();
    let ends = |id: &str, how: &str| ends_as(how).instance_id(id);
    client.start(ends("a/completed", "x").tag("shard", "1").tag("big", "yes")).await.unwrap();
    client.start(ends("a/failed", "failed").tag("shard", "1")).await.unwrap();
    client.start(ends("a/running", "waits").tag("shard", "2")).await.unwrap();
    let terminated = client.start(ends("b/terminated", "waits")).await.unwrap();
    terminated.instance().terminate("enough").await.unwrap();
    client.start(ends_as_2("x").instance_id("b/version 2").tag("shard", "2")).await.unwrap();
    client.start(other().instance_id("b/other")).await.unwrap();
    client.start(ends("c/pending", "x").start_after(NEVER)).await.unwrap();
    for id in ["a/completed", "a/failed", "b/terminated", "b/version 2", "b/other"] {
        client.instance(id).finished().await.unwrap();
    }
    worker
}

async fn leave(worker: Worker) {
    worker.client().instance("a/running").terminate("enough").await.unwrap();
    worker.client().instance("c/pending").terminate("enough").await.unwrap();
    worker.client().instance("a/running").finished().await.unwrap();
    worker.client().instance("c/pending").finished().await.unwrap();
    worker.shutdown().await.unwrap();
}

async fn ids(query: Query) -> Vec<String> {
    query.page().await.unwrap().instances.iter().map(|i| i.id.to_string()).collect()
}

async fn sorted(query: Query) -> Vec<String> {
    let mut ids = ids(query).await;
    ids.sort_unstable();
    ids
}

async fn every_filter_leaves_in_what_it_says(hub: Hub) {
    let worker = populated(&hub).await;
    let client = hub.client();
    let all = ["a/completed", "a/failed", "a/running", "b/other", "b/terminated", "b/version 2", "c/pending"];
    let q = || client.query();
    let cases: Vec<(&str, Query, Vec<&str>)> = vec![
        ("nothing named", q(), all.to_vec()),
        ("status", q().status(Status::Failed), vec!["a/failed"]),
        ("two statuses", q().status(Status::Failed).status(Status::Running), vec!["a/failed", "a/running"]),
        (
            "statuses",
            q().statuses(StatusSet::FINISHED.iter()).name("ends_as").version(""),
            vec!["a/completed", "a/failed", "b/terminated"],
        ),
        ("no status", q().statuses([]), vec![]),
        ("name", q().name("other"), vec!["b/other"]),
        ("a name in other letters", q().name("Other"), vec![]),
        ("version", q().version("2"), vec!["b/version 2"]),
        ("name and version", q().name("other").version("2"), vec![]),
        ("tag", q().tag("shard", "1"), vec!["a/completed", "a/failed"]),
        ("tags", q().tag("shard", "1").tag("big", "yes"), vec!["a/completed"]),
        ("tag of another value", q().tag("shard", "3"), vec![]),
        ("tag and status", q().tag("shard", "2").status(Status::Running), vec!["a/running"]),
        ("id prefix", q().id_prefix("b/"), vec!["b/other", "b/terminated", "b/version 2"]),
        ("id prefix and tag", q().id_prefix("b/").tag("shard", "2"), vec!["b/version 2"]),
        (
            "everything",
            q().id_prefix("a").name("ends_as").version("").tag("shard", "1").status(Status::Completed),
            vec!["a/completed"],
        ),
    ];
    for (what, query, expected) in cases {
        assert_eq!(sorted(query.clone()).await, expected, "{what}");
        assert_eq!(query.count().await.unwrap().total(), expected.len() as u64, "{what}");
    }
    let page = q().id_prefix("a/completed").page().await.unwrap();
    let found = &page.instances[0];
    assert_eq!((&*found.name, &*found.version, found.status), ("ends_as", "", Status::Completed));
    assert_eq!(found.tags.get("big"), Some("yes"));
    assert_eq!(found.custom_status.as_ref().unwrap().as_str(), "\"ends\"");
    let pending = q().status(Status::Pending).page().await.unwrap();
    assert!(pending.instances[0].wake_at.unwrap() > pending.instances[0].created_at);
    leave(worker).await;
}

/// Instances that nobody runs, in order of their ids and times.
async fn start_pending(client: &Client, numbers: std::ops::Range<u32>) {
    for n in numbers {
        client.start(ends_as("x").instance_id(format!("p{n:03}")).start_after(NEVER)).await.unwrap();
    }
}

async fn end_pending(hub: &Hub) {
    let worker = hub.worker().register(ends_as::definition()).start().await.unwrap();
    let client = worker.client();
    let mut all = client.query().status(Status::Pending).all();
    while let Some(i) = all.next().await.unwrap() {
        client.instance(i.id.as_str()).terminate("enough").await.unwrap();
    }
    let mut all = client.query().id_prefix("p").all();
    while let Some(i) = all.next().await.unwrap() {
        client.instance(i.id.as_str()).finished().await.unwrap();
    }
    worker.shutdown().await.unwrap();
}

async fn pages_come_in_order_and_leave_nothing_out(hub: Hub) {
    let client = hub.client();
    start_pending(&client, 0..25).await;
    let ascending: Vec<String> = (0..25).map(|n| format!("p{n:03}")).collect();
    let descending: Vec<String> = ascending.iter().rev().cloned().collect();
    let since = Timestamp::MIN;
    let q = || client.query();
    let cases: Vec<(&str, Query, &[String])> = vec![
        ("created", q(), &descending),
        ("created, oldest first", q().oldest_first(), &ascending),
        ("created, newest first", q().newest_first(), &descending),
        ("updated", q().updated_after(since), &descending),
        ("updated, oldest first", q().updated_after(since).oldest_first(), &ascending),
        ("id", q().id_prefix("p"), &ascending),
        ("id, oldest first", q().id_prefix("p").oldest_first(), &ascending),
        ("id, newest first", q().id_prefix("p").newest_first(), &descending),
    ];
    for (what, query, expected) in cases {
        for size in [1, 7, 25, 26] {
            let mut found = Vec::new();
            let mut pages = query.clone().page_size(size).all();
            while let Some(page) = pages.next_page().await.unwrap() {
                assert!(page.len() <= size && !page.is_empty(), "{what}, {size}: {}", page.len());
                found.extend(page.into_iter().map(|i| i.id.to_string()));
            }
            assert_eq!(found, expected, "{what}, {size}");
            assert_eq!(pages.next().await.unwrap(), None);
        }
    }
    let last = q().page_size(25).page().await.unwrap();
    assert_eq!(last.next, None, "nothing is behind it");
    assert_eq!(q().name("nobody").all().next().await.unwrap(), None);
    end_pending(&hub).await;
}

async fn pages_go_on_while_instances_are_added_and_purged(hub: Hub) {
    let client = hub.client();
    start_pending(&client, 0..20).await;
    // Oldest first: what is added comes at the end. Newest first: it comes before, and is not seen.
    let (mut oldest, mut newest) = (client.query().oldest_first().page_size(4), client.query().page_size(4));
    let (mut from_oldest, mut from_newest) = (Vec::new(), Vec::new());
    let mut added = 20;
    loop {
        let (old, new) = (oldest.page().await.unwrap(), newest.page().await.unwrap());
        from_oldest.extend(old.instances.into_iter().map(|i| i.id.to_string()));
        from_newest.extend(new.instances.into_iter().map(|i| i.id.to_string()));
        if added < 26 {
            start_pending(&client, added..added + 2).await;
            added += 2;
        }
        if let Some(next) = new.next {
            newest = newest.after(next);
        }
        match old.next {
            Some(next) => oldest = oldest.after(next),
            None => break,
        }
    }
    assert_eq!(from_oldest, (0..26).map(|n| format!("p{n:03}")).collect::<Vec<_>>());
    let seen: BTreeSet<_> = from_newest.iter().take(20).cloned().collect();
    assert_eq!(seen, (0..20).map(|n| format!("p{n:03}")).collect(), "all that was there, none twice");
    end_pending(&hub).await;

    // A page that begins behind an instance that is gone.
    let first = client.query().id_prefix("p").page_size(5).page().await.unwrap();
    client.query().id_prefix("p00").purge().await.unwrap();
    let second = client.query().id_prefix("p").page_size(5).after(first.next.unwrap()).page().await.unwrap();
    assert_eq!(second.instances[0].id.as_str(), "p010");
}

async fn a_token_is_good_for_its_own_query_alone(hub: Hub) {
    let client = hub.client();
    start_pending(&client, 0..3).await;
    let q = || client.query().page_size(1);
    let token = q().page().await.unwrap().next.unwrap();
    // Through text, with another page size, from another client.
    let text = token.to_string();
    let read: PageToken = text.parse().unwrap();
    assert_eq!(read, token);
    let elsewhere = Client::new(hub.elsewhere().await);
    let second = elsewhere.query().page_size(2).after(read).page().await.unwrap();
    assert_eq!(second.instances.len(), 2);
    let others = [
        q().oldest_first(),
        q().status(Status::Pending),
        q().name("ends_as"),
        q().version(""),
        q().tag("a", "b"),
        q().id_prefix("p"),
        q().id_prefix(""),
        q().created_after(Timestamp::MIN),
        q().updated_before(Timestamp::MAX),
    ];
    for other in others {
        let error = other.clone().after(token.clone()).page().await.unwrap_err();
        assert_eq!(error, ClientError::OtherQuery, "{other:?}");
    }
    assert!(q().newest_first().after(token).page().await.is_ok(), "the order that it has anyway");
    end_pending(&hub).await;
}

async fn damaged_tokens_are_refused(hub: Hub) {
    let client = hub.client();
    start_pending(&client, 0..2).await;
    let token = client.query().page_size(1).page().await.unwrap().next.unwrap().to_string();
    for damaged in ["", "next", "%00", &token[1..], &format!("{token}00"), &token.replace(&token[20..24], "zzzz")] {
        let error = damaged.parse::<PageToken>().unwrap_err();
        assert!(error.to_string().contains("unchanged"), "{error}");
        assert!(matches!(ClientError::from(error), ClientError::InvalidPageToken(_)));
    }
    end_pending(&hub).await;
}

async fn page_sizes_have_limits(hub: Hub) {
    let client = hub.client();
    start_pending(&client, 0..2).await;
    let error = client.query().page_size(0).page().await.unwrap_err();
    assert!(matches!(error, ClientError::InvalidQuery(_)), "{error:?}");
    for size in [1_000, 1_001, usize::MAX] {
        assert_eq!(client.query().page_size(size).page().await.unwrap().instances.len(), 2);
    }
    end_pending(&hub).await;
}

async fn an_id_prefix_stands_for_itself(hub: Hub) {
    let client = hub.client();
    let strange = ["%", "%a", "_", "_a", "'a", "p*", "p[a]", "pÜ", "pü", "PÜ", "p\u{10ffff}", "p\u{10ffff}x", "p"];
    for id in strange {
        client.start(ends_as("x").instance_id(id).start_after(NEVER)).await.unwrap();
    }
    for prefix in ["%", "_", "'", "p*", "p[", "pÜ", "P", "p", "p\u{10ffff}", "", "q", "px"] {
        let mut expected: Vec<&str> = strange.into_iter().filter(|id| id.starts_with(prefix)).collect();
        expected.sort_unstable();
        assert_eq!(ids(client.query().id_prefix(prefix)).await, expected, "{prefix:?}");
    }
    let worker = hub.worker().register(ends_as::definition()).start().await.unwrap();
    for id in strange {
        client.instance(id).terminate("enough").await.unwrap();
    }
    for id in strange {
        client.instance(id).finished().await.unwrap();
    }
    worker.shutdown().await.unwrap();
}

async fn times_are_ranges(hub: Hub) {
    let client = hub.client();
    start_pending(&client, 0..3).await;
    let created: Vec<Timestamp> =
        client.query().oldest_first().page().await.unwrap().instances.iter().map(|i| i.created_at).collect();
    let [first, second, third] = created[..] else { panic!("{created:?}") };
    assert!(first < second && second < third);
    let q = || client.query().oldest_first();
    assert_eq!(ids(q().created_between(second, third)).await, ["p001"], "from is in, to is not");
    assert_eq!(ids(q().created_after(second)).await, ["p001", "p002"]);
    assert_eq!(ids(q().created_before(second)).await, ["p000"]);
    assert_eq!(ids(q().created_between(third, first)).await, [] as [&str; 0]);
    assert_eq!(ids(q().created_before(first)).await, [] as [&str; 0]);
    let now: Timestamp = SystemTime::now().into();
    assert_eq!(ids(q().updated_between(first, now)).await.len(), 3);
    end_pending(&hub).await;
    // The end changes an instance; the start stays when it was.
    assert_eq!(ids(client.query().updated_after(now)).await.len(), 3);
    assert_eq!(ids(client.query().updated_before(now)).await.len(), 0);
    assert_eq!(ids(client.query().created_after(now)).await.len(), 0);
}

async fn counts_are_by_status(hub: Hub) {
    let worker = populated(&hub).await;
    let counts = hub.client().query().page_size(1).count().await.unwrap();
    assert_eq!((counts.total(), counts.of(Status::Completed), counts.of(Status::Parked)), (7, 3, 0));
    let by_status: Vec<_> = counts.iter().filter(|(s, _)| *s != Status::Completed).collect();
    let expected = [(Status::Pending, 1), (Status::Running, 1), (Status::Failed, 1), (Status::Terminated, 1)];
    assert_eq!(by_status, expected);
    assert_eq!(hub.client().query().tag("shard", "1").count().await.unwrap().of(Status::Failed), 1);
    assert_eq!(hub.client().query().name("nobody").count().await.unwrap(), durable::Counts::default());
    leave(worker).await;
}
