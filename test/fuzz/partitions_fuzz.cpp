// sources: lib/driver/partitions.cpp
// Partition tables of damaged disks: every partition lies inside its disk and its parent, reading ends.
#include "lib/driver/partitions.hpp"
#include "test/fuzz/fuzz.hpp"

namespace {

using namespace axo;
using driver::Extent;

/// The input's sectors at the front, repeated over the rest of the disk.
class Disk : public driver::SectorReader {
public:
    explicit Disk(std::span<const std::uint8_t> content) : content_(content) {}

    Status read(std::uint64_t offset, Sector sector) override {
        fuzz::require(offset % driver::sector_bytes == 0 && offset + driver::sector_bytes <= bytes,
                      "read inside the disk");
        fuzz::require(++reads_ <= 1000, "reading ends");
        std::fill(sector.begin(), sector.end(), std::uint8_t{0});
        if (content_.empty()) return {};
        const std::size_t sectors = (content_.size() + driver::sector_bytes - 1) / driver::sector_bytes;
        const std::size_t start = offset / driver::sector_bytes % sectors * driver::sector_bytes;
        const auto part = content_.subspan(start, std::min<std::size_t>(driver::sector_bytes, content_.size() - start));
        std::copy(part.begin(), part.end(), sector.begin());
        return {};
    }

    static constexpr std::uint64_t bytes = 100'000 * driver::sector_bytes;

private:
    std::span<const std::uint8_t> content_;
    unsigned reads_ = 0;
};

void check_inside(const Extent &part, const Extent &whole) {
    if (part.bytes == 0) return;
    fuzz::require(part.start >= whole.start && part.bytes <= whole.bytes, "inside");
    fuzz::require(part.start - whole.start <= whole.bytes - part.bytes, "inside");
}

void put_entry(fuzz::Bytes &disk, std::size_t sector, unsigned index, std::uint8_t type, std::uint32_t start,
               std::uint32_t count) {
    std::uint8_t *table = disk.data() + sector * driver::sector_bytes;
    table[510] = 0x55;
    table[511] = 0xaa;
    std::uint8_t *entry = table + 446 + index * 16;
    entry[4] = type;
    std::memcpy(entry + 8, &start, sizeof start);
    std::memcpy(entry + 12, &count, sizeof count);
}

}  // namespace

std::vector<fuzz::Bytes> fuzz::seeds() {
    Bytes disk(4 * driver::sector_bytes);
    put_entry(disk, 0, 0, 0x05, 1, 5000);
    put_entry(disk, 0, 1, 0x81, 6002, 100);
    put_entry(disk, 1, 0, 0x83, 1, 10);
    put_entry(disk, 1, 1, 0x05, 40, 100);
    put_entry(disk, 2, 0, 0x81, 6010, 10);
    return {disk};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    Disk disk({data, size});
    const auto table = driver::read_partitions(disk, Disk::bytes);
    fuzz::require(table.has_value(), "a readable disk gives a table");
    for (unsigned i = 0; i < table->primary.size(); ++i) {
        check_inside(table->primary[i], table->disk);
        for (const Extent &sub : table->sub[i]) check_inside(sub, table->primary[i]);
    }
    return 0;
}
