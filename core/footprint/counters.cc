// Reads what servers of models count of themselves, from Prometheus' text format.
#include <array>
#include <charconv>
#include <cmath>

#include "footprint/inference.h"

namespace cairn::footprint {
namespace {

// The names under which a server tells the same things; empty: it does not.
struct Dialect {
  std::string_view kind, requests, tokens_in, tokens_out, running, energy_j;
};
constexpr std::array kDialects = {
    Dialect{"vllm", "vllm:request_success_total", "vllm:prompt_tokens_total",
            "vllm:generation_tokens_total", "vllm:num_requests_running", ""},
    Dialect{"sglang", "sglang:num_requests_total", "sglang:prompt_tokens_total",
            "sglang:generation_tokens_total", "sglang:num_running_reqs", ""},
    Dialect{"tensorrt-llm", "trtllm_request_success_total", "trtllm_prompt_tokens_total",
            "trtllm_generation_tokens_total", "trtllm_num_requests_running", ""},
    Dialect{"tgi", "tgi_request_success", "tgi_request_input_length_sum",
            "tgi_request_generated_tokens_sum", "tgi_batch_current_size", ""},
    Dialect{"llama.cpp", "", "llamacpp:prompt_tokens_total", "llamacpp:tokens_predicted_total",
            "llamacpp:requests_processing", ""},
    Dialect{"triton", "nv_inference_request_success", "", "", "", "nv_energy_consumption"},
};

struct Sample {
  std::string_view name;
  double value = 0;
};

// `name{label="a } b",...} value [time]`. Nothing for comments and what cannot be read.
std::optional<Sample> parse_sample(std::string_view line) {
  const size_t name_end = line.find_first_of("{ \t");
  if (name_end == std::string_view::npos || name_end == 0 || line[0] == '#') return std::nullopt;
  const std::string_view name = line.substr(0, name_end);
  line.remove_prefix(name_end);
  if (line[0] == '{') {
    bool is_quoted = false;
    size_t i = 1;
    for (; i < line.size() && (is_quoted || line[i] != '}'); ++i) {
      if (line[i] == '\\')
        ++i;
      else if (line[i] == '"')
        is_quoted = !is_quoted;
    }
    if (i >= line.size()) return std::nullopt;
    line.remove_prefix(i + 1);
  }
  const size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return std::nullopt;
  line.remove_prefix(begin);
  if (line[0] == '+') line.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  const bool is_whole =
      end == line.data() + line.size() || *end == ' ' || *end == '\t' || *end == '\r';
  if (error != std::errc{} || !is_whole || !std::isfinite(value) || value < 0) return std::nullopt;
  return Sample{name, value};
}

// One name comes once for each model, engine and reason of ending: those are added up.
void count(const Dialect& dialect, const Sample& sample, ServerCounters& counters) {
  const auto add = [&](std::string_view name, std::optional<double>& sum) {
    if (!name.empty() && sample.name == name) sum = sum.value_or(0) + sample.value;
  };
  add(dialect.requests, counters.requests);
  add(dialect.tokens_in, counters.tokens_in);
  add(dialect.tokens_out, counters.tokens_out);
  add(dialect.running, counters.running);
  add(dialect.energy_j, counters.energy_j);
}

bool is_empty(const ServerCounters& c) {
  return !c.requests && !c.tokens_in && !c.tokens_out && !c.running && !c.energy_j;
}

}  // namespace

std::optional<ServerCounters> read_counters(std::string_view prometheus_text) {
  std::array<ServerCounters, kDialects.size()> counters;
  while (!prometheus_text.empty()) {
    const size_t end = prometheus_text.find('\n');
    if (const auto sample = parse_sample(prometheus_text.substr(0, end)))
      for (size_t i = 0; i < kDialects.size(); ++i) count(kDialects[i], *sample, counters[i]);
    if (end == std::string_view::npos) break;
    prometheus_text.remove_prefix(end + 1);
  }
  // An engine behind Triton counts tokens, Triton the GPUs' energy: both are one server.
  ServerCounters& triton = counters.back();
  for (size_t i = 0; i + 1 < kDialects.size(); ++i) {
    if (is_empty(counters[i])) continue;
    counters[i].kind = kDialects[i].kind;
    counters[i].energy_j = triton.energy_j;
    return std::move(counters[i]);
  }
  if (is_empty(triton)) return std::nullopt;
  triton.kind = kDialects.back().kind;
  return std::move(triton);
}

}  // namespace cairn::footprint
