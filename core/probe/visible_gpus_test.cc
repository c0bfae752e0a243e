// Rules of reading which GPUs a process may see.
#include "probe/visible_gpus.h"

#include <gtest/gtest.h>

namespace cairn::probe {
namespace {

class VisibleGpusTest : public testing::Test {
 protected:
  VisibleGpusTest() {
    add_gpu("H200", "GPU-aaaa1111");
    add_gpu("H200", "GPU-aaaa2222");
    add_gpu("H200", "GPU-bbbb3333");
  }
  void add_gpu(const char* name, const char* uuid) {
    GpuFacts& gpu = x_gpus.emplace_back();
    gpu.index = static_cast<int>(x_gpus.size()) - 1;
    gpu.name = name;
    gpu.uuid = uuid;
  }
  void divide(size_t gpu, std::vector<GpuInstance> instances) {
    x_gpus[gpu].is_mig = true;
    x_gpus[gpu].slices = 7;
    x_gpus[gpu].instances = std::move(instances);
  }
  VisibleGpus find(std::vector<const char*> variables) {
    variables.push_back(nullptr);
    return find_visible_gpus(variables.data(), x_gpus);
  }
  // The devices' numbers: "0 2".
  std::string seen(std::vector<const char*> variables) {
    std::string text;
    for (const VisibleGpu& gpu : find(std::move(variables)).gpus)
      text += (text.empty() ? "" : " ") + std::to_string(gpu.index);
    return text;
  }
  std::string seen_by_cuda(const char* cuda) {
    const std::string variable = std::string("CUDA_VISIBLE_DEVICES=") + cuda;
    return seen(std::vector{variable.c_str()});
  }

  std::vector<GpuFacts> x_gpus;
};

TEST_F(VisibleGpusTest, WithoutVariablesAllAreSeen) {
  EXPECT_EQ(seen(std::vector<const char*>{}), "0 1 2");
  EXPECT_EQ(find({}).doubt, "");
}

TEST_F(VisibleGpusTest, NumbersChooseAndOrder) {
  EXPECT_EQ(seen_by_cuda("2"), "2");
  EXPECT_EQ(seen_by_cuda("2,0"), "2 0");
  EXPECT_EQ(seen_by_cuda(" 1 , 2 "), "1 2");
}

TEST_F(VisibleGpusTest, EmptyAndMinusOneAreNone) {
  EXPECT_EQ(seen_by_cuda(""), "");
  EXPECT_EQ(seen_by_cuda("-1"), "");
  EXPECT_EQ(seen_by_cuda("NoDevFiles"), "");
}

TEST_F(VisibleGpusTest, NothingCountsAfterTheFirstThatIsNone) {
  EXPECT_EQ(seen_by_cuda("0,-1,2"), "0");
  EXPECT_EQ(seen_by_cuda("1,7,2"), "1");
  EXPECT_EQ(seen_by_cuda("2,,1"), "2");
  EXPECT_EQ(seen_by_cuda("0,all"), "0");
  EXPECT_EQ(seen_by_cuda("99999999999999999999"), "");
}

TEST_F(VisibleGpusTest, ADeviceNamedTwiceIsOne) { EXPECT_EQ(seen_by_cuda("1,1,GPU-aaaa2"), "1"); }

TEST_F(VisibleGpusTest, TheBeginningOfAUuidIsEnoughWhenItIsUnique) {
  EXPECT_EQ(seen_by_cuda("GPU-aaaa2222"), "1");
  EXPECT_EQ(seen_by_cuda("GPU-b,GPU-aaaa1"), "2 0");
  EXPECT_EQ(seen_by_cuda("GPU-aaaa"), "") << "of two";
  EXPECT_EQ(seen_by_cuda("GPU-cccc"), "");
  EXPECT_EQ(seen_by_cuda("aaaa1111"), "");
}

TEST_F(VisibleGpusTest, AnInstanceIsSeenWithItsShareOfTheDevice) {
  divide(1, {{"MIG-11", 1, 0, 3}, {"MIG-22", 2, 0, 2}});
  const VisibleGpus visible = find({"CUDA_VISIBLE_DEVICES=MIG-22"});
  ASSERT_EQ(visible.gpus.size(), 1u);
  EXPECT_EQ(visible.gpus[0].index, 1);
  EXPECT_EQ(visible.gpus[0].uuid, "GPU-aaaa2222");
  EXPECT_EQ(visible.gpus[0].mig, "MIG-22");
  EXPECT_DOUBLE_EQ(visible.gpus[0].share, 2.0 / 7);
  EXPECT_EQ(visible.doubt, "");
}

TEST_F(VisibleGpusTest, InstancesHadOtherNamesOnce) {
  divide(0, {{"MIG-GPU-aaaa1111/1/0", 1, 0, 3}, {"MIG-22", 2, 0, 2}});
  EXPECT_EQ(find({"CUDA_VISIBLE_DEVICES=MIG-GPU-aaaa1111/1/0"}).gpus[0].mig,
            "MIG-GPU-aaaa1111/1/0");
  EXPECT_EQ(find({"CUDA_VISIBLE_DEVICES=MIG-GPU-aaaa1111/2/0"}).gpus[0].mig, "MIG-22");
}

TEST_F(VisibleGpusTest, ADividedDeviceNamedAsAWholeIsInDoubt) {
  divide(0, {{"MIG-11", 1, 0, 3}, {"MIG-22", 2, 0, 2}});
  const VisibleGpus visible = find({"CUDA_VISIBLE_DEVICES=0"});
  ASSERT_EQ(visible.gpus.size(), 1u);
  EXPECT_EQ(visible.gpus[0].mig, "MIG-11");
  EXPECT_NE(visible.doubt, "");
  divide(0, {});
  EXPECT_EQ(seen_by_cuda("0"), "") << "divided, but into nothing";
}

TEST_F(VisibleGpusTest, SlicesThatNobodyTellsAreSharedEvenly) {
  divide(0, {{"MIG-11", 1, 0, 0}, {"MIG-22", 2, 0, 0}});
  EXPECT_DOUBLE_EQ(find({"CUDA_VISIBLE_DEVICES=MIG-11"}).gpus[0].share, 0.5);
}

TEST_F(VisibleGpusTest, NumbersOfUnlikeDevicesAreInDoubtUnlessByBus) {
  add_gpu("T400", "GPU-dddd");
  EXPECT_NE(find({"CUDA_VISIBLE_DEVICES=3"}).doubt, "");
  EXPECT_EQ(find({"CUDA_VISIBLE_DEVICES=3", "CUDA_DEVICE_ORDER=PCI_BUS_ID"}).doubt, "");
  EXPECT_EQ(find({"CUDA_VISIBLE_DEVICES=0,1,2,3"}).doubt, "") << "all, in whatever order";
  EXPECT_EQ(find({"CUDA_VISIBLE_DEVICES=GPU-dddd"}).doubt, "");
}

TEST_F(VisibleGpusTest, WhatAContainerWasGrantedBounds) {
  EXPECT_EQ(seen({"NVIDIA_VISIBLE_DEVICES=none"}), "");
  EXPECT_EQ(seen({"NVIDIA_VISIBLE_DEVICES=void", "CUDA_VISIBLE_DEVICES=0"}), "");
  EXPECT_EQ(seen({"NVIDIA_VISIBLE_DEVICES=GPU-bbbb3333,GPU-aaaa2222"}), "1 2");
  EXPECT_EQ(seen({"NVIDIA_VISIBLE_DEVICES=GPU-bbbb3333", "CUDA_VISIBLE_DEVICES=0"}), "2")
      << "numbers are of what was granted";
}

TEST_F(VisibleGpusTest, AContainersNumbersAreOfItsHostAndSayNothing) {
  for (const char* value : {"all", "", "2", "0,1", "GPU-of-another-machine"})
    EXPECT_EQ(seen({(std::string("NVIDIA_VISIBLE_DEVICES=") + value).c_str()}), "0 1 2") << value;
}

TEST_F(VisibleGpusTest, AGrantedInstanceIsTheOnlyOne) {
  divide(0, {{"MIG-11", 1, 0, 3}, {"MIG-22", 2, 0, 2}});
  const VisibleGpus visible = find({"NVIDIA_VISIBLE_DEVICES=MIG-22"});
  ASSERT_EQ(visible.gpus.size(), 1u);
  EXPECT_EQ(visible.gpus[0].mig, "MIG-22");
  EXPECT_EQ(visible.doubt, "");
}

TEST_F(VisibleGpusTest, WithoutDevicesNothingIsSeen) {
  x_gpus.clear();
  EXPECT_EQ(seen_by_cuda("0"), "");
  EXPECT_EQ(seen({"NVIDIA_VISIBLE_DEVICES=all"}), "");
}

}  // namespace
}  // namespace cairn::probe
