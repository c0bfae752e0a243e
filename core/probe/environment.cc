// Which environment variables are kept: those that change what a training does, and no secret.
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "model/secret.h"
#include "probe/facts.h"
#include "probe/probe.h"

namespace cairn::probe {
namespace {

constexpr size_t kVariablesMax = 1000;
constexpr size_t kTextBytesMax = 4096;

// Not all of TF_*: Terraform keeps its variables, secrets among them, under TF_VAR_*.
constexpr std::string_view kPrefixes =
    "ACCELERATE_ CUBLAS_ CUDA_ CUDNN_ DEEPSPEED_ FSDP_ GLOO_ GOMP_ HF_ HIP_ JAX_ KERAS_ KMP_ "
    "LSB_ MKL_ NCCL_ NUMEXPR_ NVIDIA_VISIBLE_ OMPI_COMM_ OMP_ OPENBLAS_ PBS_ PYTORCH_ ROCR_ "
    "SLURM_ TF_CONFIG TF_CPP_ TF_CUDNN_ TF_DETERMINISTIC TF_ENABLE_ TF_FORCE_ TF_GPU_ TF_NUM_ "
    "TF_USE_ TF_XLA_ TORCH TPU_ TRANSFORMERS_ XLA_";
constexpr std::string_view kNames =
    "CONDA_DEFAULT_ENV CONDA_PREFIX GROUP_RANK LANG LC_ALL LD_LIBRARY_PATH LD_PRELOAD "
    "LOCAL_RANK LOCAL_WORLD_SIZE MASTER_ADDR MASTER_PORT NODE_RANK PYTHONHASHSEED PYTHONPATH "
    "RANK TOKENIZERS_PARALLELISM TZ VIRTUAL_ENV WORLD_SIZE";

bool matters(std::string_view name) {
  for (std::string_view names = kNames; !names.empty();)
    if (name == take_field(names)) return true;
  for (std::string_view prefixes = kPrefixes; !prefixes.empty();)
    if (name.starts_with(take_field(prefixes))) return true;
  return false;
}

}  // namespace

model::Value read_environment_facts(Environment environment) {
  model::Object facts;
  for (; environment && *environment && facts.size() < kVariablesMax; ++environment) {
    const std::string_view variable = *environment;
    const size_t equals = variable.find('=');
    if (equals == std::string_view::npos || !matters(variable.substr(0, equals))) continue;
    const std::string_view name = variable.substr(0, equals);
    const std::string text = to_utf8(variable.substr(equals + 1, kTextBytesMax));
    // A secret is left out, not replaced: that it was set is nobody's business either.
    if (!model::is_secret(name, text)) facts.emplace_back(to_utf8(name), model::redact_text(text));
  }
  std::sort(facts.begin(), facts.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return facts;
}

model::Value environment_facts() { return read_environment_facts(environ); }

}  // namespace cairn::probe
