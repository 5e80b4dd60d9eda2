// See number_text.hpp.
#include "drivers/edu/number_text.hpp"

namespace axo::edu {

Result<std::uint32_t> number_in(std::string_view text) {
    if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if (text.empty()) return Error::invalid;
    std::uint64_t number = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return Error::invalid;
        number = number * 10 + static_cast<std::uint64_t>(digit - '0');
        if (number > ~std::uint32_t{0}) return Error::invalid;
    }
    return static_cast<std::uint32_t>(number);
}

}  // namespace axo::edu
