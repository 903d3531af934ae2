//! Processes that die.

use super::{SYNC, bodies, bump, cloud, queues, req, send, tables};
use crate::{Cloud, CrashPoints, Ended, at_every_crash_point};

/// Two effects with a read between them.
async fn work(cloud: &Cloud) -> Result<&'static str, Box<dyn std::error::Error>> {
    bump(&tables(cloud), "cal_1").await?;
    let queue = queues(cloud).get_queue_url().queue_name(SYNC);
    queue.send().await?;
    send(&queues(cloud), cloud, "hint").await?;
    Ok("done")
}

async fn state(cloud: &Cloud) -> (i64, usize) {
    (req(cloud, "cal_1").await, bodies(cloud, SYNC).len())
}

#[tokio::test]
async fn a_process_can_die_after_every_call() {
    let mut states = Vec::new();

    let crashes = at_every_crash_point(async |after| {
        let cloud = cloud().await;
        let ended = cloud.crash_during(after, work(&cloud)).await;
        states.push(state(&cloud).await);
        ended
    })
    .await;

    assert_eq!(crashes, 4);
    assert_eq!(states, [(0, 0), (1, 0), (1, 0), (1, 1), (1, 1)]);
}

#[tokio::test]
async fn crashes_after_reads_can_be_left_out() {
    let mut states = Vec::new();

    let crashes = at_every_crash_point(async |after| {
        let cloud = cloud().await;
        cloud.crash_points(CrashPoints::Writes);
        let ended = cloud.crash_during(after, work(&cloud)).await;
        states.push(state(&cloud).await);
        ended
    })
    .await;

    assert_eq!(crashes, 3);
    assert_eq!(states, [(0, 0), (1, 0), (1, 1), (1, 1)]);
}

#[tokio::test]
async fn nothing_of_the_work_runs_after_the_fatal_call() {
    let cloud = cloud().await;
    let mut went_on = false;

    let ended = cloud
        .crash_during(1, async {
            bump(&tables(&cloud), "cal_1").await.ok();
            went_on = true;
        })
        .await;

    assert_eq!(ended, Ended::Crashed);
    assert!(!went_on);
    assert_eq!(req(&cloud, "cal_1").await, 1);
}

#[tokio::test]
async fn work_that_is_done_in_time_keeps_its_output() {
    let cloud = cloud().await;

    let ended = cloud.crash_during(100, work(&cloud)).await;

    assert!(matches!(ended, Ended::Finished(Ok("done"))));
}

#[tokio::test]
async fn calls_fail_between_a_crash_and_its_end() {
    let cloud = cloud().await;
    let tables = tables(&cloud);

    cloud.crash_after(2);
    bump(&tables, "cal_1").await.unwrap();
    bump(&tables, "cal_1").await.unwrap();
    bump(&tables, "cal_1").await.unwrap_err();
    send(&queues(&cloud), &cloud, "hint").await.unwrap_err();
    cloud.revive();
    assert_eq!(cloud.calls().len(), 2);
    assert_eq!(state(&cloud).await, (2, 0));

    cloud.crash_after(0);
    bump(&tables, "cal_1").await.unwrap_err();
    cloud.revive();
    assert_eq!(state(&cloud).await, (2, 0));
}

#[tokio::test]
async fn of_two_calls_at_once_either_may_be_the_last() {
    let mut states = std::collections::BTreeSet::new();
    for seed in 0..16 {
        let cloud = cloud().await;
        cloud.shuffle_calls(seed);
        let (tables, queues) = (tables(&cloud), queues(&cloud));

        let both = async { tokio::join!(bump(&tables, "cal_1"), send(&queues, &cloud, "hint")) };
        let ended = cloud.crash_during(1, both).await;

        assert!(ended.crashed());
        states.insert(state(&cloud).await);
    }

    assert_eq!(states.into_iter().collect::<Vec<_>>(), [(0, 1), (1, 0)]);
}

#[tokio::test]
#[should_panic(expected = "still crashed")]
async fn a_loop_that_never_ends_is_noticed() {
    at_every_crash_point(async |_| Ended::<()>::Crashed).await;
}
