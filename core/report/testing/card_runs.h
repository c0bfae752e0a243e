// Runs of a project as its page sees them, for tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/accounts.h"
#include "report/card.h"

namespace cairn::report::testing {

constexpr int64_t kStartNs = 1'767'225'600'000'000'000;  // 2026-01-01
constexpr int64_t kSecondNs = 1'000'000'000;

// A finished run of so many seconds that began so many seconds after kStartNs.
CardRun ran(const std::string& name, double begin_s, double seconds, std::optional<double> result);
// With so much energy, of which nobody knows more than that.
CardRun with_energy(CardRun run, double kwh);
// On so many GPUs of this name.
CardRun on_gpus(CardRun run, const std::string& device, size_t count);

// Sixty runs at random of a learning rate, a width and an optimizer, whose accuracy the learning
// rate decides most; three of them failed.
CardFacts digits();

}  // namespace cairn::report::testing
