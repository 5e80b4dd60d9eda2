// sources: drivers/memory/memory.cpp drivers/memory/zero_source.cpp
// sources: lib/driver/announce.cpp lib/driver/transfer.cpp
// The memory driver as a service: RAM disk transfers and the null, zero and full devices.
#include <gtest/gtest.h>

#include "axo/ds_protocol.hpp"
#include "axo/vm_protocol.hpp"
#include "drivers/memory/memory.hpp"
#include "lib/base/fixed_string.hpp"
#include "test/host/fake/fake_regions.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo {
namespace {

constexpr Endpoint client = endpoint::root_fs;
constexpr std::size_t disk_bytes = 3 * 4096 + 512;

struct MemoryDriver : testing::Test {
    fake::System system{endpoint::memory};
    fake::Service<memory::Memory> service;
    fake::Regions regions;
    std::uint8_t *disk = nullptr;
    std::uint64_t mapped_bytes = 0;

    void SetUp() override {
        const std::uint64_t mapped = regions.allocate(4 * 4096)->handle;
        disk = reinterpret_cast<std::uint8_t *>(mapped);
        for (std::size_t i = 0; i < 4 * 4096; ++i) disk[i] = static_cast<std::uint8_t>(i * 7);
        system.on_kernel(KernelCall::get_info, [](const fake::Arguments &a, std::uint64_t &) -> std::int64_t {
            if (static_cast<InfoKind>(a[0]) == InfoKind::self) {
                SelfInfo self{.endpoint = endpoint::memory, .privilege_id = 3, .name = "memory"};
                std::memcpy(reinterpret_cast<void *>(a[1]), &self, sizeof self);
                return sizeof self;
            }
            BootDescription boot{};
            boot.module_count = 2;
            boot.modules[0].role = BootRole::service;
            boot.modules[0].bytes = 100;
            boot.modules[1].role = BootRole::root_image;
            boot.modules[1].start = {0x200000};
            boot.modules[1].bytes = disk_bytes;
            std::memcpy(reinterpret_cast<void *>(a[1]), &boot, sizeof boot);
            return sizeof boot;
        });
        system.answer<vm::MapPhysical>(
            [this, mapped](Endpoint, const vm::MapPhysical &r) -> Result<vm::MapPhysical::Reply> {
                if (r.physical.value != 0x200000 || r.bytes % page_size != 0) return Error::invalid;
                mapped_bytes = r.bytes;
                return vm::MapPhysical::Reply{.address = {mapped}, .handle = mapped};
            });
        system.answer<ds::LabelOf>([](Endpoint, const ds::LabelOf &) -> Result<ds::LabelOf::Reply> {
            ds::LabelOf::Reply reply{};
            put_text(reply.label, "memory");
            return reply;
        });
        system.answer<ds::Publish>([](Endpoint, const ds::Publish &) -> Result<Nothing> { return Nothing{}; });
        ASSERT_TRUE(service.start());
    }

    auto open(memory::Minor minor) {
        return *service.ask(
            client, device::Open{.minor = static_cast<std::uint32_t>(minor), .flags = 3, .session = 0, .group = 0});
    }
    auto transfer(std::uint64_t offset, std::vector<std::span<std::uint8_t>> buffers, bool write = false) {
        std::vector<device::TransferElement> vector;
        for (auto buffer : buffers)
            vector.push_back(
                {system.grant(client, buffer.data(), buffer.size()), static_cast<std::uint32_t>(buffer.size())});
        return *service.ask(
            client, device::Transfer{.minor = 0,
                                     .write = write ? 1u : 0u,
                                     .offset = offset,
                                     .vector = system.grant(client, vector.data(), vector.size() * sizeof vector[0]),
                                     .count = static_cast<std::uint32_t>(vector.size())});
    }
    auto read(memory::Minor minor, std::span<std::uint8_t> buffer) {
        return *service.ask(client, device::Read{.minor = static_cast<std::uint32_t>(minor),
                                                 .flags = 0,
                                                 .offset = 0,
                                                 .bytes = buffer.size(),
                                                 .buffer = system.grant(client, buffer.data(), buffer.size()),
                                                 .group = 0,
                                                 .session = 0,
                                                 .reserved = 0});
    }
    auto write(memory::Minor minor, std::uint64_t bytes) {
        return *service.ask(client, device::Write{.minor = static_cast<std::uint32_t>(minor),
                                                  .flags = 0,
                                                  .offset = 0,
                                                  .bytes = bytes,
                                                  .buffer = invalid_grant,
                                                  .group = 0,
                                                  .session = 0,
                                                  .reserved = 0});
    }
};

TEST_F(MemoryDriver, spare_disk_is_empty_when_it_is_first_opened_and_keeps_what_is_written) {
    regions.serve(system);
    const auto opened = open(memory::Minor::spare_disk);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->size, 4u << 20);
    ASSERT_TRUE(open(memory::Minor::spare_disk));
    EXPECT_EQ(regions.count(), 2u) << "one disk, however often it is opened";
    std::vector<std::uint8_t> sector(512, 7), back(512, 1);
    device::TransferElement element{system.grant(client, sector.data(), 512), 512};
    device::Transfer request{
        .minor = 1, .write = 1, .offset = 4096, .vector = system.grant(client, &element, sizeof element), .count = 1};
    EXPECT_EQ((*service.ask(client, request))->bytes, 512u);
    const std::byte *const spare = service.state().spare.memory.at(0);
    EXPECT_EQ(spare[4096], std::byte{7});
    EXPECT_EQ(spare[4096 + 512], std::byte{0});
}

TEST_F(MemoryDriver, spare_disk_is_not_there_after_a_restart) {
    fake::Service<memory::Memory> successor;
    sef::Init init{};
    init.kind = rs::InitKind::restart;
    ASSERT_TRUE(successor.start(init));
    const auto opened = *successor.ask(client, device::Open{.minor = 1, .flags = 3, .session = 0, .group = 0});
    EXPECT_EQ(opened.error(), Error::io) << "zeros where a file system was";
}

TEST_F(MemoryDriver, root_image_is_mapped_in_whole_pages_and_its_size_told) {
    EXPECT_EQ(mapped_bytes, 4u * 4096);
    const auto opened = open(memory::Minor::ram_disk);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->size, disk_bytes);
}

TEST_F(MemoryDriver, transfer_before_open_is_refused) {
    std::uint8_t buffer[16];
    EXPECT_EQ(transfer(0, {buffer}).error(), Error::service_restarted);
}

TEST_F(MemoryDriver, scattered_read_is_one_contiguous_range) {
    ASSERT_TRUE(open(memory::Minor::ram_disk));
    std::uint8_t first[100], second[200];
    const auto moved = transfer(1000, {first, second});
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->bytes, 300u);
    EXPECT_EQ(first[0], disk[1000]);
    EXPECT_EQ(second[199], disk[1299]);
}

TEST_F(MemoryDriver, write_reaches_the_disk) {
    ASSERT_TRUE(open(memory::Minor::ram_disk));
    std::uint8_t text[4] = {1, 2, 3, 4};
    ASSERT_TRUE(transfer(4096, {text}, true));
    EXPECT_EQ(std::vector<std::uint8_t>(disk + 4096, disk + 4100), (std::vector<std::uint8_t>{1, 2, 3, 4}));
}

TEST_F(MemoryDriver, transfer_is_short_at_the_end_and_empty_after_it) {
    ASSERT_TRUE(open(memory::Minor::ram_disk));
    std::uint8_t first[512], second[512];
    EXPECT_EQ(transfer(disk_bytes - 700, {first, second})->bytes, 700u);
    EXPECT_EQ(transfer(disk_bytes - 512, {first, second})->bytes, 512u);
    EXPECT_EQ(transfer(disk_bytes, {first})->bytes, 0u);
    EXPECT_EQ(transfer(~0ull - 100, {first})->bytes, 0u);
}

TEST_F(MemoryDriver, vector_of_wrong_length_is_refused) {
    ASSERT_TRUE(open(memory::Minor::ram_disk));
    EXPECT_EQ(transfer(0, {}).error(), Error::invalid);
    std::uint8_t byte[1];
    EXPECT_EQ(transfer(0, std::vector<std::span<std::uint8_t>>(65, byte)).error(), Error::invalid);
}

TEST_F(MemoryDriver, zero_fills_any_length) {
    ASSERT_TRUE(open(memory::Minor::zero));
    for (std::size_t bytes : {1u, 4096u, 4097u, 600000u}) {
        std::vector<std::uint8_t> buffer(bytes, 0xff);
        const auto got = read(memory::Minor::zero, buffer);
        ASSERT_TRUE(got);
        EXPECT_EQ(got->bytes, bytes);
        EXPECT_EQ(std::count(buffer.begin(), buffer.end(), 0), static_cast<std::ptrdiff_t>(bytes));
    }
}

TEST_F(MemoryDriver, null_and_full) {
    ASSERT_TRUE(open(memory::Minor::null));
    ASSERT_TRUE(open(memory::Minor::full));
    std::uint8_t buffer[4];
    EXPECT_EQ(read(memory::Minor::null, buffer)->bytes, 0u);
    EXPECT_EQ(write(memory::Minor::null, 1 << 20)->bytes, 1u << 20);
    EXPECT_EQ(write(memory::Minor::full, 1).error(), Error::no_space);
    EXPECT_EQ(read(memory::Minor::full, buffer)->bytes, 4u);
}

TEST_F(MemoryDriver, unknown_minor_is_no_device) {
    EXPECT_EQ(open(static_cast<memory::Minor>(2)).error(), Error::no_device_address);
}

}  // namespace
}  // namespace axo
