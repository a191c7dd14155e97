//! The most that a request can cost, before it is sent. Pure.

use qwen_api::catalog;
use qwen_api::{ChatRequest, Decimal, PriceList, Thinking, ThinkingMode};

use crate::context::{estimate, tokens_of};

/// Prices are for so many tokens.
const PER: u128 = 1_000_000;

/// The most that a request can cost by these prices, with an input that is estimated. `None` where a price or the length of
/// the answer is not known.
pub fn most(request: &ChatRequest, list: &PriceList) -> Option<Decimal> {
    let model = catalog::find(&request.model).unwrap_or_default();
    let input: u64 = request.messages.iter().map(estimate).sum();
    let tier = list.tier(input)?;
    let params = &request.params;
    let mode = model.thinks;
    let thinks = match params.thinking {
        Some(Thinking::Off) => mode == Some(ThinkingMode::Always),
        Some(Thinking::On { .. }) => mode != Some(ThinkingMode::Never),
        None => matches!(mode, Some(ThinkingMode::ByDefault | ThinkingMode::Always)),
    };
    let budget = match params.thinking {
        Some(Thinking::On { budget }) => budget.map(u64::from),
        _ => None,
    };
    // `max_tokens` limits the answer alone, and the thinking budget the thoughts alone.
    let answer = params.max_tokens.map(u64::from).or(model.max_output)?;
    let (thoughts, price) = match thinks {
        true => (
            budget.or(model.max_thinking)?,
            tier.output_thinking.unwrap_or(tier.output),
        ),
        false => (0, tier.output),
    };
    let output = answer.checked_add(thoughts)?;
    let cost = |tokens: u64, price: Decimal| u128::from(tokens).checked_mul(price.units());
    let units = cost(input, tier.input)?.checked_add(cost(output, price)?)?;
    Some(Decimal::from_units(units.div_ceil(PER)))
}

/// The most that the vectors of these texts can cost, by their estimated length. `None` where the price is not known.
pub(super) fn most_of_texts(texts: &[String], list: &PriceList) -> Option<Decimal> {
    let input: u64 = texts.iter().map(|text| tokens_of(text)).sum();
    let units = u128::from(input).checked_mul(list.tier(input)?.input.units())?;
    Some(Decimal::from_units(units.div_ceil(PER)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use qwen_api::Currency;

    fn of(model: &str, change: impl FnOnce(&mut ChatRequest)) -> Option<Decimal> {
        let mut request = ChatRequest::new(model).user("hi");
        change(&mut request);
        let mut lists = catalog::find("qwen-plus").unwrap().price_lists.into_iter();
        most(&request, &lists.find(|list| list.currency == Currency::Cny).unwrap())
    }

    #[test]
    fn the_longest_answer_counts_and_what_is_unknown_has_no_cost() {
        let limited = |tokens: u32| of("qwen-plus", |request| request.params.max_tokens = Some(tokens)).unwrap();
        let (one, two) = (limited(1_000), limited(2_000));
        assert!(one < two && two < of("qwen-plus", |_| ()).unwrap());
        let thinking = of("qwen-plus", |request| {
            request.params.max_tokens = Some(1_000);
            request.params.thinking = Some(Thinking::On { budget: Some(1_000) });
        });
        assert!(thinking.unwrap() > two);
        assert_eq!(of("no-such-model", |_| ()), None);
        // A model of the user's own has the price that the config states; --max-tokens says how long its answer can be.
        assert_eq!(
            of("no-such-model", |request| request.params.max_tokens = Some(1_000)),
            Some(one)
        );
    }
}
