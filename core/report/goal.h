// Goal: whether more of a metric is better, by its name alone.
#pragma once

#include <optional>
#include <string_view>

namespace cairn::report {

// True for "val/accuracy", false for "train_loss", nothing where the name does not say. For where
// nobody has said it: define_metric(goal=...) and a sweep's own goal go before.
std::optional<bool> is_maximized_by_name(std::string_view metric);

}  // namespace cairn::report
