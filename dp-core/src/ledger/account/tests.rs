use proptest::prelude::*;

use super::*;

fn epsilon(value: f64) -> Epsilon {
    Epsilon::new(value).expect("in range")
}

/// A clock that stands still.
fn at(seconds: u64) -> impl Fn() -> SystemTime {
    move || UNIX_EPOCH + Duration::from_secs(seconds)
}

fn renewing(period: Period) -> Account<Epsilon> {
    Account::new(PrivacyUnit::Values(1), epsilon(1.0), Some(period))
}

/// What a reader of the file would go on with.
fn read_again<L: Loss>(account: &Account<L>) -> Account<L> {
    let text = account.encode();
    let read = Account::decode(&text).expect("its own");
    assert_eq!(Account::<L>::encode(&read), text);
    read
}

const DAY: u64 = 86_400;
const ACCOUNT: &str = "unit values 1\ncurrency epsilon\nbudget 1000000000\nspent 5\npayments 2\n\
                       origin 7\npayment 1700000000 5 weekly mean\n";

#[test]
fn a42_an_account_that_is_not_one_is_refused() {
    assert!(Account::<Epsilon>::decode(ACCOUNT).is_some());
    for (from, to) in [
        ("values 1", "value 1"),
        ("values 1", "values -1"),
        ("epsilon", "rho"),
        ("spent 5", "spent -5"),
        ("spent 5", "spent 5.0"),
        ("spent 5", "spent 999999999999"),
        ("spent 5\n", ""),
        ("spent 5", "spent 5\nspent 0"),
        ("budget 1000000000", "budget 0"),
        ("payments 2", "payments"),
        ("payments 2", "payments 0"), // fewer than it remembers
        ("payments 2", "payments 18446744073709551615"),
        ("origin 7\n", ""),
        ("origin 7", "origin"),
        ("1700000000 5", "1700000000"),
        ("1700000000 5", "1700000000 -5"),
        ("1700000000", "18446744073709551615"),
        ("weekly mean", ""),
        ("weekly mean", "weekly\tmean"),
        ("spent 5", "renews 3600\nspent 5 5"),
        ("spent 5", "renews 0\nspent 5"),
        ("spent 5", "renews weekly\nspent 5"),
        ("spent 5", "renews 3600\nspent 3600 1:90000000000 2:90000000000"), // no sum
    ] {
        assert!(Account::<Epsilon>::decode(&ACCOUNT.replace(from, to)).is_none(), "{from} -> {to}");
    }
    let hundred_and_one = ACCOUNT.replace("payments 2", "payments 200")
        + &"payment 1700000000 5 x\n".repeat(REMEMBERED);
    assert!(Account::<Epsilon>::decode(&hundred_and_one).is_none());
}

#[test]
fn a42_an_account_in_epsilon_and_delta_that_is_not_one_is_refused() {
    let both = "unit values 1\ncurrency epsilon and delta\nbudget 1000000000 5\nspent 1 1\n\
                payments 1\norigin unknown\n";
    assert!(Account::<EpsilonDelta>::decode(both).is_some());
    for (from, to) in [
        ("1000000000 5", "1000000000"),
        ("1000000000 5", "1000000000 0"),
        ("spent 1 1", "spent 0 1"),
        ("spent 1 1", "spent 1 1 1"),
        ("epsilon and delta", "epsilon"),
    ] {
        let damaged = both.replace(from, to);
        assert!(Account::<EpsilonDelta>::decode(&damaged).is_none(), "{from} -> {to}");
    }
}

#[test]
fn every_account_is_read_as_it_was_written() {
    for unit in [PrivacyUnit::Values(7), PrivacyUnit::Records(1), PrivacyUnit::Dataset] {
        for renews in [None, Some(Period::Day), Some(Period::Sliding(Duration::from_secs(60)))] {
            let budget = EpsilonDelta::new(1.0, 1e-6).expect("in range");
            let mut account = Account::new(unit, budget, renews);
            read_again(&account);
            let loss = EpsilonDelta::new(0.25, 1e-7).expect("in range");
            for label in [None, Some("a label, with checksum 00")] {
                account.charge(loss, label, at(1_700_000_000)).expect("within the budget");
                assert_eq!(read_again(&account).spent(), account.spent());
            }
        }
    }
}

#[test]
fn a_day_renews_at_midnight_and_says_when() {
    let mut account = renewing(Period::Day);
    let mut pay = |loss, now| account.charge(epsilon(loss), None, at(now));
    pay(1.0, 20_000 * DAY + 86_399).expect("a whole budget");
    let refusal = pay(0.5, 20_000 * DAY + 86_399).expect_err("the same day").to_string();
    assert!(refusal.ends_with("nothing left; there is enough in 1s"), "{refusal}");
    pay(1.0, 20_001 * DAY).expect("the next day");
    let refusal = pay(1.5, 20_001 * DAY).expect_err("more than there ever is").to_string();
    assert!(refusal.ends_with("nothing left"), "{refusal}");
}

#[test]
fn a44_a_clock_set_back_never_renews() {
    for period in [Period::Day, Period::Sliding(Duration::from_secs(DAY))] {
        let mut account = renewing(period);
        account.charge(epsilon(1.0), None, at(20_000 * DAY)).expect("a whole budget");
        for now in [0, 19_000 * DAY, 20_000 * DAY - 1, 20_000 * DAY + 1] {
            account = read_again(&account);
            let refused = account.charge(epsilon(1e-9), None, at(now));
            assert!(matches!(refused, Err(Error::OverBudget { renews_in: Some(_), .. })), "{now}");
        }
    }
}

proptest! {
    /// In any stretch of a sliding period's length at most one budget is spent, in any stretch at
    /// all as many as are stated; and who asks when he is told to is granted what he asked for.
    #[test]
    fn no_stretch_spends_more_than_its_budgets(
        length in 1..20_000_u64,
        moves in prop::collection::vec((0..3000_u64, 1..=1000_u64), 1..80),
        stretch in 1..60_000_u64,
    ) {
        for period in [Period::Day, Period::Sliding(Duration::from_secs(length))] {
            let (mut account, mut now, mut paid) = (renewing(period), 1_000_000, Vec::new());
            for &(later, thousandths) in &moves {
                now += later;
                let loss = epsilon(thousandths as f64 / 1000.0);
                match account.charge(loss, None, at(now)) {
                    Ok(()) => paid.push((now, thousandths)),
                    Err(Error::OverBudget { renews_in, .. }) => {
                        let later = now + renews_in.expect("it fits the budget").as_secs();
                        let granted = read_again(&account).charge(loss, None, at(later));
                        prop_assert!(granted.is_ok());
                        let early = read_again(&account).charge(loss, None, at(later - 1));
                        prop_assert!(early.is_err());
                    }
                    Err(error) => prop_assert!(false, "{error}"),
                }
                account = read_again(&account);
            }
            let budgets = period.budgets_within(Duration::from_secs(stretch));
            for &(from, _) in &paid {
                let within = paid.iter().filter(|(time, _)| (from..from + stretch).contains(time));
                prop_assert!(within.map(|(_, loss)| loss).sum::<u64>() <= 1000 * budgets);
            }
        }
    }
}

/// A clock that was far ahead once: who asks when he is told to must be granted.
#[test]
fn a_refusal_says_how_long_it_takes_also_where_the_clock_was_set_back() {
    let mut account = renewing(Period::Day);
    account.charge(epsilon(1.0), None, at(21_000 * DAY)).expect("a whole budget");
    let now = 20_000 * DAY; // the clock is right again
    let Err(Error::OverBudget { renews_in: Some(time), .. }) =
        account.charge(epsilon(1.0), None, at(now))
    else {
        panic!("it never renews early");
    };
    let then = account.charge(epsilon(1.0), None, at(now + time.as_secs()));
    assert!(then.is_ok(), "enough in {time:?}, it said: {then:?}");
}

#[test]
fn a_count_of_payments_at_its_end_stands_still_and_can_be_read() {
    let full = ACCOUNT.replace("payments 2", "payments 9223372036854775807");
    let mut account = Account::<Epsilon>::decode(&full).expect("the most");
    account.charge(epsilon(0.5), None, at(DAY)).expect("within the budget");
    let read = read_again(&account);
    assert_eq!(read.spent(), account.spent());
    assert_eq!(read.payments, 9_223_372_036_854_775_807);
}
