//! Queries: filters, orders, pages, counts.

use durable_core::store::{InstanceFilter, InstanceQuery, StatusSet, TimeRange};
use durable_core::{ExecutionId, Timestamp};

use super::fixture::{CommitExt, Hub, at, ended, finished, new, turn};
use super::population::{NAMES, PREFIXES, Population, TAG_NAMES, TAG_VALUES, VERSIONS, draw_filter};
use crate::sim::Rng;

/// Every shape of a filter, that is every set of conditions.
const SHAPES: u32 = 1 << 7;

pub(super) async fn pages_are_the_sorted_list(hub: Hub) {
    let mut rng = Rng::new(1);
    let population = Population::grow(&hub, &mut rng, 300).await;
    for shape in 0..SHAPES {
        // The more conditions, the fewer instances: with few conditions small pages take long.
        let limit = [1, 2, 3, 7, 50][rng.index(5)];
        let limit = if shape.count_ones() < 2 { limit.max(7) } else { limit };
        population.check(&hub, &draw_filter(&mut rng, shape), limit).await;
        population.check(&hub, &draw_filter(&mut rng, shape), 1_000).await;
    }
    population.check(&hub, &InstanceFilter::default(), 1).await;
    population.check(&hub, &InstanceFilter { statuses: StatusSet::NONE, ..Default::default() }, 1).await;
}

pub(super) async fn every_prefix_is_itself(hub: Hub) {
    let population = Population::grow(&hub, &mut Rng::new(2), 200).await;
    let whole: Vec<String> = population.all.iter().take(5).map(|r| r.id.to_string()).collect();
    let longer: Vec<String> = whole.iter().map(|id| format!("{id}x")).collect();
    let special = ["", "%", "_", "'", "\\", "a%1", "b", "\0", "\u{10fffe}", "a\u{10ffff}\u{10ffff}", "é\u{301}"];
    let long = "\u{10ffff}".repeat(300);
    let all = PREFIXES.into_iter().chain(special).chain(whole.iter().chain(&longer).map(String::as_str));
    for prefix in all.chain([long.as_str()]) {
        let filter = InstanceFilter { id_prefix: Some(prefix.into()), ..Default::default() };
        population.check(&hub, &filter, 3).await;
        population.check(&hub, &InstanceFilter { statuses: StatusSet::FINISHED, ..filter }, 2).await;
    }
}

pub(super) async fn ranges_of_time(hub: Hub) {
    let population = Population::grow(&hub, &mut Rng::new(3), 100).await;
    let moments =
        [Timestamp::MIN, Timestamp::from_unix_micros(-1), at(-2), at(3), at(4), at(9), at(10), Timestamp::MAX];
    let bounds: Vec<Option<Timestamp>> = std::iter::once(None).chain(moments.map(Some)).collect();
    for (n, from) in bounds.iter().enumerate() {
        for to in &bounds {
            // Also from behind its end: then nothing is in it.
            let range = TimeRange { from: *from, to: *to };
            let created = InstanceFilter { created: range, ..Default::default() };
            let updated = InstanceFilter { updated: range, ..Default::default() };
            population.check(&hub, if n % 2 == 0 { &created } else { &updated }, 20).await;
            let both = InstanceFilter { created: TimeRange { from: Some(at(2)), to: None }, ..updated };
            population.check(&hub, &both, 7).await;
        }
    }
    let one = TimeRange { from: Some(at(3)), to: Some(Timestamp::from_unix_micros(at(3).unix_micros() + 1)) };
    population.check(&hub, &InstanceFilter { created: one, ..Default::default() }, 2).await;
}

pub(super) async fn filters_by_tags(hub: Hub) {
    let population = Population::grow(&hub, &mut Rng::new(4), 150).await;
    let pairs = TAG_NAMES.into_iter().flat_map(|name| TAG_VALUES.map(|value| (name.to_owned(), value.to_owned())));
    let pairs: Vec<(String, String)> = pairs.collect();
    let with = |tags: &[&(String, String)]| {
        let tags = tags.iter().map(|tag| (*tag).clone()).collect();
        InstanceFilter { tags, ..Default::default() }
    };
    for (n, pair) in pairs.iter().enumerate() {
        population.check(&hub, &with(&[pair]), 4).await;
        population.check(&hub, &with(&[pair, pair]), 100).await;
        population.check(&hub, &with(&[pair, &pairs[(n * 7 + 3) % pairs.len()]]), 2).await;
    }
    // One of each name, two values of one name, names that nobody has.
    population.check(&hub, &with(&[&pairs[0], &pairs[5], &pairs[10], &pairs[15]]), 5).await;
    population.check(&hub, &with(&[&pairs[0], &pairs[1]]), 5).await;
    for name in ["", "CUSTOMER", "custome", "customer ", "%"] {
        population.check(&hub, &with(&[&(name.into(), "1".into())]), 5).await;
    }
}

/// What stands in a filter is a value, whatever it looks like.
pub(super) async fn an_id_of_every_filter_is_a_value(hub: Hub) {
    let population = Population::grow(&hub, &mut Rng::new(5), 60).await;
    for text in NAMES.into_iter().chain(VERSIONS).chain(["' OR 1=1 --", "f\0", "\"", "NULL", "*", "\u{202e}"]) {
        let filter = InstanceFilter { name: Some(text.into()), ..Default::default() };
        population.check(&hub, &filter, 10).await;
        let filter = InstanceFilter { version: Some(text.into()), ..Default::default() };
        population.check(&hub, &filter, 10).await;
        let filter = InstanceFilter { tags: vec![(text.into(), text.into())], ..Default::default() };
        population.check(&hub, &filter, 10).await;
        let filter = InstanceFilter { id_prefix: Some(text.into()), ..Default::default() };
        population.check(&hub, &filter, 10).await;
    }
}

pub(super) async fn a_page_ends_where_it_says(hub: Hub) {
    for n in 0..6 {
        hub.applied(new(&format!("i{n}"), None).at(at(n / 2))).await;
    }
    let page = async |limit, after| {
        let query = InstanceQuery { filter: InstanceFilter::default(), descending: false, after, limit };
        hub.store.query(query).await.expect("a query works")
    };
    // There is a next page only if something is in it.
    for (limit, goes_on) in [(5, true), (6, false), (7, false)] {
        let page = page(limit, None).await;
        assert_eq!((page.instances.len(), page.next.is_some()), (limit.min(6), goes_on), "{limit}");
    }
    // What is started meanwhile comes with a later page; what went by does not come again.
    let first = page(3, None).await;
    hub.applied(new("early", None).at(at(-1))).await;
    hub.applied(new("late", None).at(at(9))).await;
    let second = page(10, first.next).await;
    let ids: Vec<&str> = second.instances.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(ids, ["i3", "i4", "i5", "late"]);
    assert_eq!(second.next, None);
}

pub(super) async fn a_cursor_outlives_its_instance(hub: Hub) {
    let lease = hub.worker("w").await;
    let shapes = [
        InstanceFilter::default(),
        InstanceFilter { id_prefix: Some("i".into()), ..Default::default() },
        InstanceFilter { updated: TimeRange { from: Some(at(0)), to: None }, ..Default::default() },
    ];
    for (round, filter) in (0_u32..).zip(shapes.iter().flat_map(|f| [(f, false), (f, true)])) {
        let (filter, descending) = filter;
        for n in 0..6 {
            let name = format!("i{n}");
            let end = if n % 2 == 0 { finished() } else { ended(durable_core::store::Status::Failed) };
            hub.applied(new(&name, Some(lease)).turn(0, turn(0, 1)).update(end).at(at(n / 3))).await;
        }
        let query = |after| InstanceQuery { filter: filter.clone(), descending, after, limit: 2 };
        let first = hub.store.query(query(None)).await.expect("a query works");
        let key = |r: &durable_core::store::InstanceRecord| (r.key, ExecutionId(0));
        let gone = hub.store.purge(first.instances.iter().map(key).collect()).await;
        assert_eq!(gone, Ok(2));
        let second = hub.store.query(query(first.next)).await.expect("a query works");
        let expected = if descending { ["i3", "i2"] } else { ["i2", "i3"] };
        assert_eq!(second.instances.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), expected, "round {round}");
        let left = hub.pages(&InstanceFilter::default(), false, 10).await;
        assert_eq!(hub.store.purge(left.iter().map(key).collect()).await, Ok(4));
    }
}
