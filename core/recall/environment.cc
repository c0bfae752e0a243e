// The table of packages that decide numbers, and of those that decide none.
#include "recall/environment.h"

#include <algorithm>
#include <array>
#include <string>

namespace cairn::recall {
namespace {

// Their minor versions have changed random streams, kernels or defaults before.
constexpr std::array<std::string_view, 24> kNumeric = {
    "accelerate",   "catboost",    "cupy",         "datasets",   "flax",
    "jax",          "jaxlib",      "keras",        "lightgbm",   "lightning",
    "numpy",        "optax",       "pandas",       "polars",     "pytorch-lightning",
    "scikit-learn", "scipy",       "tensorflow",   "tokenizers", "torch",
    "torchaudio",   "torchvision", "transformers", "xgboost",
};
constexpr std::array<std::string_view, 20> kHarmless = {
    "aim",     "black",          "cairn",   "click",       "colorama", "comet-ml", "ipykernel",
    "ipython", "jupyter-client", "loguru",  "matplotlib",  "mlflow",   "pip",      "plotly",
    "pytest",  "rich",           "seaborn", "tensorboard", "tqdm",     "wandb",
};

// PEP 503: runs of '-', '_' and '.' are one '-', letters are small.
std::string normal_name(std::string_view name) {
  std::string normal;
  for (const char c : name) {
    const bool is_dash = c == '-' || c == '_' || c == '.';
    if (is_dash && normal.ends_with('-')) continue;
    normal += is_dash ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return normal;
}

// "2.1" of "2.1.3+cu121": what a repair does not change.
std::string_view minor_of(std::string_view version) {
  const size_t first = version.find('.');
  if (first == std::string_view::npos) return version;
  return version.substr(0, std::min(version.find('.', first + 1), version.size()));
}

template <size_t N>
bool contains(const std::array<std::string_view, N>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string_view print_severity(Severity severity) {
  constexpr std::string_view kNames[] = {"none", "low", "medium", "high"};
  return kNames[static_cast<size_t>(severity)];
}

Severity severity_of(std::string_view name, std::string_view before, std::string_view after) {
  if (before == after) return Severity::kNone;
  const std::string normal = normal_name(name);
  if (contains(kHarmless, normal)) return Severity::kNone;
  const bool is_repair = !before.empty() && !after.empty() && minor_of(before) == minor_of(after);
  if (is_repair) return Severity::kLow;
  return contains(kNumeric, normal) ? Severity::kHigh : Severity::kMedium;
}

}  // namespace cairn::recall
