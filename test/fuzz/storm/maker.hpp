// Requests of a protocol as a client would make them: each field is filled with numbers of its kind.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <type_traits>
#include <vector>

#include "axo/ipc.hpp"
#include "axo/vm_protocol.hpp"
#include "test/fuzz/storm/clients.hpp"
#include "test/fuzz/storm/fields.hpp"
#include "test/fuzz/storm/values.hpp"

namespace axo::storm {

class Maker {
public:
    template <Request... R>
    Maker(Random &random, Numbers &numbers, Clients &clients, Protocol<R...> *)
        : random_(random), numbers_(numbers), clients_(clients) {
        (types_.push_back(R::number), ...);
        ((makers_[R::number] = [this](Client &client) { return make<R>(client); }), ...);
    }

    /// All that the service knows.
    const std::vector<std::uint16_t> &types() const { return types_; }
    Message request_of(std::uint16_t type, Client &client) { return makers_.at(type)(client); }

    template <typename T>
    void fill(T &field, Client &client) {
        if constexpr (std::is_same_v<T, Endpoint>) {
            field = clients_.some_endpoint();
        } else if constexpr (std::is_same_v<T, GrantId>) {
            field = clients_.some_grant(client);
            length_hint_ = clients_.text_length(field);
        } else if constexpr (std::is_array_v<T>) {
            const auto text = numbers_.text();
            std::memset(field, random_.percent(5) ? 'x' : 0, sizeof field);
            std::memcpy(field, text.data(), std::min(text.size(), sizeof field));
        } else if constexpr (std::is_same_v<T, vm::FileId>) {
            field.file_system = static_cast<std::uint32_t>(numbers_.number());
            field.device = static_cast<std::uint32_t>(numbers_.number());
            field.inode = numbers_.number();
        } else if constexpr (std::is_class_v<T>) {
            field.value = clients_.some_address(client);
        } else {
            field = static_cast<T>(numbers_.number());
        }
    }

private:
    template <Request R>
    Message make(Client &client) {
        R request{};
        std::size_t index = 0;
        length_hint_ = 0;
        for_each_field(request, [&](auto &field) {
            fill(field, client);
            if constexpr (std::is_integral_v<std::remove_reference_t<decltype(field)>>) guess(field, index);
            ++index;
        });
        return encode_request(request, 0);
    }
    /// Many a request begins with what it is about, and names the length of a text after its grant.
    template <typename T>
    void guess(T &field, std::size_t index) {
        if (index == 0 && random_.percent(50)) field = static_cast<T>(numbers_.known());
        if (length_hint_ != 0 && random_.percent(75)) field = static_cast<T>(length_hint_);
        length_hint_ = 0;
    }

    Random &random_;
    Numbers &numbers_;
    Clients &clients_;
    std::map<std::uint16_t, std::function<Message(Client &)>> makers_;
    std::vector<std::uint16_t> types_;
    std::size_t length_hint_ = 0;
};

}  // namespace axo::storm
