//! The picture in the documentation is what the library computes.

#[path = "../examples/privacy_curve.rs"]
mod example;

#[test]
fn the_picture_in_the_docs_is_up_to_date() {
    let kept = std::fs::read_to_string("../docs/privacy-curve.svg").expect("the picture");
    let drawn = example::picture().expect("sensible terms");
    assert_eq!(
        kept, drawn,
        "draw it again: cargo run --example privacy_curve > docs/privacy-curve.svg"
    );
}
