// Delivering: whatever is cut off, what lies in the outbox arrives whole and once.
#include "client/delivery.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/testing/fake_disk.h"
#include "client/testing/fake_cairn.h"
#include "wire/event_codec.h"

namespace cairn::client {
namespace {

using Step = Delivery::Step;

const model::JournalName kName{"r", 1, "w"};

class DeliveryTest : public testing::Test {
 protected:
  // A journal of a program that wrote `rows` rows, named `blobs`, and ended.
  void given_journal(int rows, const std::vector<std::string>& blobs = {}) {
    ASSERT_TRUE(disk.make_dirs(layout.live("p")));
    auto writer = journal::Writer::create(disk, path);
    ASSERT_TRUE(writer);
    for (int i = 0; i < rows; ++i)
      ASSERT_TRUE((*writer)->append(3, std::string(static_cast<size_t>(1 + i * 37 % 200), 'x')));
    for (const std::string& sha256 : blobs) {
      const model::Value record(model::Object{{"type", "image"}, {"sha256", sha256}});
      const model::Event event = model::RecordLogged{"image", 0, 0, record};
      ASSERT_TRUE((*writer)->append(static_cast<uint16_t>(wire::kind_of(event)),
                                    wire::encode_event(event)));
    }
    ASSERT_TRUE((*writer)->close());
    content = disk.content(path);
  }
  std::string given_blob(const std::string& bytes) {
    return blobs::Blobs(disk, layout.blobs()).put(bytes)->sha256;
  }
  Delivery a_delivery() { return Delivery(disk, layout, "p", kName); }
  std::unique_ptr<Remote> a_remote() {
    http::Options options;
    auto remote = Remote::open(cairn.server().url(), options);
    EXPECT_TRUE(remote) << remote.error().message();
    return std::move(*remote);
  }
  // Goes on until it is done, as a program with patience; the last error when there is none.
  static Result<void> deliver(Delivery& delivery, Remote& remote, int failures_max = 0) {
    for (int turn = 0; turn < 100'000; ++turn) {
      const auto step = delivery.advance(remote, true);
      if (step && *step == Step::kDone) return {};
      if (!step && failures_max-- == 0) return tl::unexpected(step.error());
    }
    return fail(Code::kUnavailable, "never done");
  }

  FakeDisk disk;
  model::Layout layout{"/outbox"};
  std::string path = layout.journal("p", kName);
  std::string content;
  FakeCairn cairn;
};

TEST_F(DeliveryTest, BringsAJournalAndRemovesItHere) {
  given_journal(20);
  Delivery delivery = a_delivery();
  ASSERT_TRUE(deliver(delivery, *a_remote()));
  EXPECT_EQ(cairn.journal("r~1~w.clog"), content);
  EXPECT_TRUE(cairn.is_closed("r~1~w.clog"));
  EXPECT_FALSE(disk.exists(path));
  EXPECT_EQ(delivery.bytes_delivered(), content.size());
}

TEST_F(DeliveryTest, ACutAfterAnyByteLosesNothingAndDoublesNothing) {
  for (int64_t cut = 0;; cut += 3) {
    cairn.forget("r~1~w.clog");
    ASSERT_TRUE(disk.remove(path));
    given_journal(4);
    cairn.server().hang_up_after(cut);
    Delivery delivery = a_delivery();
    ASSERT_TRUE(deliver(delivery, *a_remote(), 2)) << cut;
    ASSERT_EQ(cairn.journal("r~1~w.clog"), content) << cut;
    ASSERT_FALSE(disk.exists(path));
    if (cut > 2000) break;  // more than all requests of one delivery
  }
}

TEST_F(DeliveryTest, AnotherProgramGoesOnWhereOneWasKilled) {
  given_journal(6);
  for (int64_t cut = 100; cut < 2000; cut += 7) {
    if (!disk.exists(path)) break;
    cairn.server().hang_up_after(cut);
    Delivery delivery = a_delivery();
    const auto remote = a_remote();
    while (delivery.advance(*remote, true).value_or(Step::kDone) != Step::kDone) {
    }
  }
  cairn.server().hang_up_after(-1);
  Delivery delivery = a_delivery();
  ASSERT_TRUE(deliver(delivery, *a_remote()));
  EXPECT_EQ(cairn.journal("r~1~w.clog"), content);
}

TEST_F(DeliveryTest, ALivingJournalIsFollowed) {
  ASSERT_TRUE(disk.make_dirs(layout.live("p")));
  auto writer = journal::Writer::create(disk, path);
  ASSERT_TRUE(writer);
  Delivery delivery = a_delivery();
  const auto remote = a_remote();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE((*writer)->append(3, "row " + std::to_string(i)));
    while (*delivery.advance(*remote, false) == Step::kMore) {
    }
    ASSERT_EQ(cairn.journal("r~1~w.clog").size(), (*writer)->offset());
  }
  EXPECT_FALSE(cairn.is_closed("r~1~w.clog"));
  EXPECT_TRUE(disk.exists(path));
  const int requests = cairn.requests();
  EXPECT_EQ(*delivery.advance(*remote, false), Step::kIdle);
  EXPECT_EQ(cairn.requests(), requests) << "nothing new is no reason to ask";
}

TEST_F(DeliveryTest, DamageIsSkippedAndTheRestArrives) {
  given_journal(20);
  std::string damaged = content;
  std::fill_n(damaged.begin() + 400, 100, '\x5a');
  disk.set_content(path, damaged);
  Delivery delivery = a_delivery();
  ASSERT_TRUE(deliver(delivery, *a_remote()));
  const std::string arrived = cairn.journal("r~1~w.clog");
  EXPECT_EQ(arrived.size(), content.size());
  EXPECT_EQ(arrived.substr(0, 300), content.substr(0, 300));
  EXPECT_EQ(arrived.substr(1000), content.substr(1000));
  EXPECT_TRUE(cairn.is_closed("r~1~w.clog"));
}

TEST_F(DeliveryTest, ATornTailIsNotDelivered) {
  given_journal(20);
  disk.set_content(path, content + content.substr(128, 40) + std::string(4096, '\0'));
  Delivery delivery = a_delivery();
  ASSERT_TRUE(deliver(delivery, *a_remote()));
  EXPECT_EQ(cairn.journal("r~1~w.clog"), content);
}

TEST_F(DeliveryTest, AJournalThatBeganWithNothingIsNothing) {
  ASSERT_TRUE(disk.make_dirs(layout.live("p")));
  disk.set_content(path, std::string(4096, '\0'));
  Delivery delivery = a_delivery();
  ASSERT_TRUE(deliver(delivery, *a_remote()));
  EXPECT_EQ(cairn.requests(), 0);
  EXPECT_FALSE(disk.exists(path));
}

TEST_F(DeliveryTest, LargeJournalsGoInPieces) {
  ASSERT_TRUE(disk.make_dirs(layout.live("p")));
  auto writer = journal::Writer::create(disk, path);
  ASSERT_TRUE(writer);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE((*writer)->append(3, std::string(3 << 20, 'x')));
  ASSERT_TRUE((*writer)->append(3, std::string(10 << 20, 'y')));  // more than a piece in one frame
  ASSERT_TRUE((*writer)->close());
  Delivery delivery = a_delivery();
  ASSERT_TRUE(deliver(delivery, *a_remote()));
  EXPECT_EQ(cairn.journal("r~1~w.clog").size(), size_t{19 << 20} + 128 + 4 * 16);
  EXPECT_GE(cairn.requests(), 5);
}

TEST_F(DeliveryTest, AServerThatForgotGetsAllOfItAgain) {
  ASSERT_TRUE(disk.make_dirs(layout.live("p")));
  auto writer = journal::Writer::create(disk, path);
  ASSERT_TRUE((*writer)->append(3, "one"));
  Delivery delivery = a_delivery();
  const auto remote = a_remote();
  while (*delivery.advance(*remote, false) == Step::kMore) {
  }
  cairn.forget("r~1~w.clog");
  ASSERT_TRUE((*writer)->append(3, "two"));
  ASSERT_TRUE((*writer)->close());
  content = disk.content(path);
  ASSERT_TRUE(deliver(delivery, *remote));
  EXPECT_EQ(cairn.journal("r~1~w.clog"), content);
}

TEST_F(DeliveryTest, NothingIsRemovedBeforeItIsDurableThere) {
  given_journal(5);
  cairn.is_durable(false);
  Delivery delivery = a_delivery();
  const auto remote = a_remote();
  while (*delivery.advance(*remote, true) == Step::kMore) {
  }
  EXPECT_EQ(*delivery.advance(*remote, true), Step::kSettles);
  EXPECT_TRUE(disk.exists(path));
  cairn.is_durable(true);
  ASSERT_TRUE(deliver(delivery, *remote));
  EXPECT_FALSE(disk.exists(path));
}

TEST_F(DeliveryTest, WhatTheServerHoldsForEndedStaysHereWhenThereIsMore) {
  given_journal(5);
  cairn.close("r~1~w.clog");
  Delivery delivery = a_delivery();
  const auto refused = deliver(delivery, *a_remote());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kConflict);
  EXPECT_TRUE(disk.exists(path));
}

TEST_F(DeliveryTest, BlobsThatAreNamedArriveAndAreRemovedHere) {
  const std::string small = given_blob("small"), large = given_blob(std::string(9 << 20, 'b'));
  given_journal(3, {small, large, std::string(64, 'a')});
  Delivery delivery = a_delivery();
  ASSERT_TRUE(deliver(delivery, *a_remote()));
  EXPECT_EQ(cairn.blob(small), "small");
  EXPECT_EQ(cairn.blob(large), std::string(9 << 20, 'b'));
  EXPECT_FALSE(blobs::Blobs(disk, layout.blobs()).has(small));
  EXPECT_FALSE(blobs::Blobs(disk, layout.blobs()).has(large));
}

TEST_F(DeliveryTest, ABlobGoesOnWhereAnotherProgramStopped) {
  const std::string large = given_blob(std::string(11 << 20, 'b'));
  given_journal(3, {large});
  {
    Delivery killed = a_delivery();
    const auto remote = a_remote();
    while (cairn.blob(large).size() < size_t{8 << 20}) ASSERT_TRUE(killed.advance(*remote, true));
  }
  cairn.server().hang_up_after(1 << 20);  // in the middle of a piece
  Delivery delivery = a_delivery();
  ASSERT_TRUE(deliver(delivery, *a_remote(), 1));
  EXPECT_EQ(cairn.blob(large), std::string(11 << 20, 'b'));
  EXPECT_LT(cairn.body_bytes(), size_t{16 << 20}) << "only the first piece came once more";
}

TEST_F(DeliveryTest, BlobsOfAJournalThatIsThereAlreadyAreLookedFor) {
  const std::string blob = given_blob("content");
  given_journal(3, {blob});
  {
    Delivery delivery = a_delivery();
    const auto remote = a_remote();
    while (!cairn.is_closed("r~1~w.clog")) ASSERT_TRUE(delivery.advance(*remote, true));
  }
  EXPECT_EQ(cairn.blob(blob), "");
  Delivery delivery = a_delivery();
  ASSERT_TRUE(deliver(delivery, *a_remote()));
  EXPECT_EQ(cairn.blob(blob), "content");
}

TEST_F(DeliveryTest, AnswersAreUnderstood) {
  given_journal(3);
  for (const auto& [status, code] :
       std::initializer_list<std::pair<int, Code>>{{401, Code::kInvalid},
                                                   {403, Code::kInvalid},
                                                   {404, Code::kInvalid},
                                                   {302, Code::kInvalid},
                                                   {400, Code::kConflict},
                                                   {413, Code::kConflict},
                                                   {429, Code::kUnavailable},
                                                   {500, Code::kUnavailable},
                                                   {503, Code::kUnavailable},
                                                   {507, Code::kUnavailable}}) {
    cairn.refuse(status);
    Delivery delivery = a_delivery();
    const auto refused = deliver(delivery, *a_remote());
    ASSERT_FALSE(refused) << status;
    EXPECT_EQ(refused.error().code(), code) << status;
    EXPECT_NE(refused.error().message().find("no entry"), std::string::npos) << "its own words";
  }
}

}  // namespace
}  // namespace cairn::client
