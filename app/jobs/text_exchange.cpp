#include "app/jobs/text_exchange.h"

#include "app/jobs/file_failure.h"
#include "app/jobs/text_file.h"
#include "app/jobs/worker.h"

#include <cerrno>
#include <utility>

namespace app::jobs {

namespace {

TextAnswer answer(TextRequest&& request) {
    TextAnswer given{.id = request.id, .path = request.path, .text = {}, .failure = {}};
    if (request.text) {
        given.failure = write_text_file(request.path, request.attempt.c_str(), *request.text,
                                        request.may_overwrite);
        return given;
    }
    TextRead read =
        read_text_file(request.path, request.attempt.c_str(), request.most_bytes, "such files");
    given.text = std::move(read.text);
    given.failure = std::move(read.failure);
    if (!read.is_there && !given.failure)
        given.failure = file_failure(request.attempt, request.path, ENOENT);
    return given;
}

}  // namespace

class TextExchange::Impl {
  public:
    explicit Impl(std::function<void()> wake_frame)
        : worker(std::move(wake_frame), [](TextRequest&& request, JobControl& /*control*/) {
              return std::optional<TextAnswer>{answer(std::move(request))};
          }) {}

    Worker<TextRequest, TextAnswer> worker;
};

TextExchange::TextExchange(std::function<void()> wake_frame)
    : impl_(std::make_unique<Impl>(std::move(wake_frame))) {}
TextExchange::~TextExchange() = default;

void TextExchange::ask(TextRequest request) {
    impl_->worker.ask(std::move(request));
}

std::optional<TextAnswer> TextExchange::take_answer() {
    return impl_->worker.take_result();
}

}  // namespace app::jobs
