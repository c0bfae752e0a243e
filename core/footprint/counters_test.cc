// Reading servers' counters as they print them.
#include <gtest/gtest.h>

#include "footprint/inference.h"

namespace cairn::footprint {
namespace {

TEST(ReadCounters, OfVllmAreAddedOverEnginesAndReasons) {
  const auto counters = read_counters(R"(# HELP vllm:prompt_tokens_total Number of prefill tokens.
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{engine="0",model_name="m"} 1.5e+03
vllm:prompt_tokens_total{engine="1",model_name="m"} 500.0
vllm:generation_tokens_total{engine="0",model_name="m"} 51200.0
vllm:request_success_total{finished_reason="stop",model_name="m"} 150.0
vllm:request_success_total{finished_reason="length",model_name="m"} 5.0
vllm:request_success_created{finished_reason="stop"} 1.7e9
vllm:num_requests_running{model_name="m"} 12.0
vllm:time_to_first_token_seconds_bucket{le="+Inf",model_name="m"} 9.0
)");
  ASSERT_TRUE(counters);
  EXPECT_EQ(counters->kind, "vllm");
  EXPECT_EQ(counters->tokens_in, 2000);
  EXPECT_EQ(counters->tokens_out, 51200);
  EXPECT_EQ(counters->requests, 155);
  EXPECT_EQ(counters->running, 12);
  EXPECT_FALSE(counters->energy_j);
}

TEST(ReadCounters, OfTritonHaveEnergyAndNoTokens) {
  const auto counters = read_counters(
      "nv_inference_request_success{model=\"nmt\",version=\"1\"} 40\n"
      "nv_inference_request_success{model=\"asr\",version=\"1\"} 2\n"
      "nv_energy_consumption{gpu_uuid=\"GPU-1\"} 1000.5\n"
      "nv_energy_consumption{gpu_uuid=\"GPU-2\"} 500\n");
  ASSERT_TRUE(counters);
  EXPECT_EQ(counters->kind, "triton");
  EXPECT_EQ(counters->requests, 42);
  EXPECT_EQ(counters->energy_j, 1500.5);
  EXPECT_FALSE(counters->tokens_out);
}

TEST(ReadCounters, AnEngineBehindTritonHasItsEnergy) {
  const auto counters = read_counters(
      "nv_energy_consumption{gpu_uuid=\"GPU-1\"} 7\nnv_inference_request_success 3\n"
      "vllm:generation_tokens_total{model=\"m\"} 9\n");
  EXPECT_EQ(counters->kind, "vllm");
  EXPECT_EQ(counters->energy_j, 7);
  EXPECT_FALSE(counters->requests) << "Triton's requests are not vLLM's";
}

TEST(ReadCounters, OtherServers) {
  const auto tgi = read_counters(
      "tgi_request_success{method=\"generate\"} 10\ntgi_request_generated_tokens_sum 900\n"
      "tgi_request_input_length_sum 100\ntgi_batch_current_size 4");
  EXPECT_EQ(tgi->kind, "tgi");
  EXPECT_EQ(tgi->tokens_in, 100);
  const auto trt =
      read_counters("trtllm_generation_tokens_total{model_name=\"Q\"} 5 1712345678\r\n");
  EXPECT_EQ(trt->kind, "tensorrt-llm");
  EXPECT_EQ(trt->tokens_out, 5);
  EXPECT_EQ(read_counters("sglang:num_running_reqs{m=\"a } \\\" b\"} 3\n")->running, 3);
  EXPECT_EQ(read_counters("llamacpp:tokens_predicted_total 42\n")->tokens_out, 42);
}

TEST(ReadCounters, WhatCannotBeReadIsNotThere) {
  for (const std::string_view text :
       {"", "\n\n", "#", "process_cpu_seconds_total 5\n", "vllm:prompt_tokens_total",
        "vllm:prompt_tokens_total{a=\"b", "vllm:prompt_tokens_total{a=\"b\\",
        "vllm:prompt_tokens_total{} NaN\n", "vllm:prompt_tokens_total 12abc\n",
        "vllm:prompt_tokens_total -1\n", "vllm:prompt_tokens_total{a=\"}\"} \n", "{} 4\n",
        "vllm:prompt_tokens_totally 4\n", "<html>not found</html>"})
    EXPECT_FALSE(read_counters(text)) << text;
}

}  // namespace
}  // namespace cairn::footprint
