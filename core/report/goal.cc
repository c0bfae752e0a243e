// See goal.h.
#include "report/goal.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <vector>

namespace cairn::report {

namespace {

constexpr std::array kMoreIsBetter = {
    "acc",  "accuracy", "auc",  "auroc", "auprc",  "f1",     "precision", "recall", "dice",
    "iou",  "miou",     "map",  "ndcg",  "mrr",    "bleu",   "rouge",     "r2",     "psnr",
    "ssim", "score",    "top1", "top5",  "reward", "return", "likelihood"};
constexpr std::array kLessIsBetter = {"loss", "nll",     "perplexity", "ppl",    "mse", "mae",
                                      "rmse", "error",   "err",        "wer",    "cer", "fid",
                                      "bpc",  "entropy", "regret",     "latency"};

// "val/top1_acc" is "val", "top1", "acc".
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)))
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!words.back().empty())
      words.emplace_back();
  }
  return words;
}

}  // namespace

std::optional<bool> is_maximized_by_name(std::string_view metric) {
  const std::vector<std::string> words = words_of(metric);
  const auto says_one_of = [&](const auto& list) {
    return std::ranges::any_of(words, [&](const std::string& word) {
      return std::ranges::find(list, word) != list.end();
    });
  };
  // "log_likelihood_loss" and "score_error" are of the second kind.
  if (says_one_of(kLessIsBetter)) return false;
  if (says_one_of(kMoreIsBetter)) return true;
  return std::nullopt;
}

}  // namespace cairn::report
