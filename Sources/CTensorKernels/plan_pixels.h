// Steps that are bound by memory: pools, sums, normalisations that stand alone.

CTK_INLINE V combined(const ctk_step *s, float *arena, int64_t pixel, int32_t c) {
    const V x = load(at(arena, &s->input) + pixel * s->input.pitch + c);
    switch (s->kind) {
    case CTK_STEP_AFFINE: return s->scale ? x * load(s->scale + c) + load(s->shift + c) : x;
    case CTK_STEP_ADD: return x + load(at(arena, &s->other) + pixel * s->other.pitch + c);
    case CTK_STEP_MULTIPLY: return x * load(at(arena, &s->other) + pixel * s->other.pitch + c);
    case CTK_STEP_GATE: return x * load(at(arena, &s->gate) + c);
    default: return x;
    }
}

/// A run of pixels.
static void pixels_task(const ctk_step *s, float *arena, int32_t task) {
    const ctk_view *out = &s->output;
    const int32_t pixels = out->height * out->width, first = task * s->tile;
    const int32_t end = first + s->tile < pixels ? first + s->tile : pixels, channels = filled(out->channels);
    float *y = at(arena, out) + (int64_t)first * out->pitch;
    if (s->kind == CTK_STEP_COPY && channels != out->channels) {
        // The filling belongs to the next operand of a concatenation.
        for (int32_t pixel = first; pixel < end; ++pixel, y += out->pitch) {
            const float *x = at(arena, &s->input) + (int64_t)pixel * s->input.pitch;
            for (int32_t c = 0; c < out->channels; ++c) y[c] = x[c];
        }
        return;
    }
    for (int32_t pixel = first; pixel < end; ++pixel, y += out->pitch) {
        for (int32_t c = 0; c < channels; c += CTK_WIDTH) store(y + c, combined(s, arena, pixel, c));
        activate_rows(s->activation, s->p, s->q, y, channels, 1, channels);
    }
}

/// One row of a pool's output.
static void pool_task(const ctk_step *s, float *arena, int32_t y) {
    const ctk_view *in = &s->input, *out = &s->output;
    const int32_t channels = filled(out->channels), isMax = s->kind == CTK_STEP_MAX_POOL;
    const int32_t top = y * s->strideY - s->padTop;
    for (int32_t x = 0; x < out->width; ++x) {
        const int32_t left = x * s->strideX - s->padLeft;
        float *to = at(arena, out) + ((int64_t)y * out->width + x) * out->pitch;
        // Taps inside the picture, and inside the padded picture for the mean that counts padding.
        int32_t inside = 0, padded = 0;
        for (int32_t ky = 0; ky < s->kernelHeight; ++ky) {
            const int32_t row = top + ky * s->dilationY;
            for (int32_t kx = 0; kx < s->kernelWidth; ++kx) {
                const int32_t column = left + kx * s->dilationX;
                padded += row < in->height + s->padBottom && column < in->width + s->padRight;
                if (row < 0 || row >= in->height || column < 0 || column >= in->width) continue;
                const float *from = at(arena, in) + ((int64_t)row * in->width + column) * in->pitch;
                if (inside++ == 0) {
                    for (int32_t c = 0; c < channels; c += CTK_WIDTH) store(to + c, load(from + c));
                } else if (isMax) {
                    for (int32_t c = 0; c < channels; c += CTK_WIDTH)
                        store(to + c, greater(load(to + c), load(from + c)));
                } else {
                    for (int32_t c = 0; c < channels; c += CTK_WIDTH) store(to + c, load(to + c) + load(from + c));
                }
            }
        }
        if (inside == 0) zero_over(to, channels);
        const float share = isMax || inside == 0 ? 1 : 1.0f / (float)(s->countsPadding ? padded : inside);
        if (share != 1)
            for (int32_t c = 0; c < channels; c += CTK_WIDTH) store(to + c, load(to + c) * share);
        activate_rows(s->activation, s->p, s->q, to, channels, 1, channels);
    }
}

/// The mean over the plane of some channels: rows first, then their sums, so that rounding stays small. The channels of
/// a task are neighbours: a pixel's are read at one go.
static void mean_task(const ctk_step *s, float *arena, int32_t task) {
    enum { VECTORS = CTK_MEAN_CHANNELS / CTK_WIDTH };
    const ctk_view *in = &s->input, *out = &s->output;
    const int32_t c = task * CTK_MEAN_CHANNELS, rest = filled(out->channels) - c;
    const int32_t vectors = rest < CTK_MEAN_CHANNELS ? rest / CTK_WIDTH : VECTORS;
    const V share = splat(1.0f / (float)(in->height * in->width));
    const float *from = at(arena, in) + c;
    V sums[VECTORS], row[VECTORS];
    for (int32_t i = 0; i < vectors; ++i) sums[i] = splat(0);
    for (int32_t y = 0; y < in->height; ++y) {
        for (int32_t i = 0; i < vectors; ++i) row[i] = splat(0);
        for (int32_t x = 0; x < in->width; ++x, from += in->pitch)
            for (int32_t i = 0; i < vectors; ++i) row[i] += load(from + i * CTK_WIDTH);
        for (int32_t i = 0; i < vectors; ++i) sums[i] += row[i];
    }
    float *to = at(arena, out) + c;
    for (int32_t i = 0; i < vectors; ++i) store(to + i * CTK_WIDTH, sums[i] * share);
    activate_rows(s->activation, s->p, s->q, to, vectors * CTK_WIDTH, 1, vectors * CTK_WIDTH);
}

/// One row of the picture, from planes to pixels.
static void load_task(const ctk_step *s, float *arena, const float *picture, int32_t y) {
    const ctk_view *out = &s->output;
    const int64_t plane = (int64_t)out->height * out->width;
    float *to = at(arena, out) + (int64_t)y * out->width * out->pitch;
    const float *from = picture + (int64_t)y * out->width;
    for (int32_t x = 0; x < out->width; ++x, to += out->pitch)
        for (int32_t c = 0; c < out->pitch; ++c) to[c] = c < out->channels ? from[c * plane + x] : 0;
}
