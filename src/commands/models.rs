pub(super) async fn run(_: super::Context<'_>, _: crate::cli::Models) -> Result<(), crate::error::Failure> {
    Ok(())
}
