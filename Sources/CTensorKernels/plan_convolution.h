// A convolution as products over unfolded tiles. One task is a tile of output pixels of one image.

/// Floats from row to row of an unfolded tile: off the powers of two, which fall into the same sets of a cache.
CTK_INLINE int64_t tile_pitch(int64_t depth) { return (depth + 15) / 16 * 16 + 16; }

/// Copies by whole registers; up to one register more is written, which the next copy or the pitch's slack takes.
CTK_INLINE void copy_over(float *to, const float *from, int64_t count) {
    for (int64_t i = 0; i < count; i += CTK_WIDTH) store(to + i, load(from + i));
}
CTK_INLINE void zero_over(float *to, int64_t count) {
    for (int64_t i = 0; i < count; i += CTK_WIDTH) store(to + i, splat(0));
}

/// One pixel's channels, changed on the way by the normalisation, activation and gate that the step reads through.
CTK_INLINE void read_pixel(const ctk_step *s, const float *gate, const float *from, float *to, int32_t channels) {
    if (s->scale && gate) {
        for (int32_t c = 0; c < channels; c += CTK_WIDTH) {
            V x = load(from + c) * load(s->scale + c) + load(s->shift + c);
            if (s->readsRelu) x = positive(x);
            store(to + c, x * load(gate + c));
        }
    } else if (s->scale && s->readsRelu) {
        for (int32_t c = 0; c < channels; c += CTK_WIDTH)
            store(to + c, positive(load(from + c) * load(s->scale + c) + load(s->shift + c)));
    } else if (s->scale) {
        for (int32_t c = 0; c < channels; c += CTK_WIDTH)
            store(to + c, load(from + c) * load(s->scale + c) + load(s->shift + c));
    } else if (gate) {
        for (int32_t c = 0; c < channels; c += CTK_WIDTH) store(to + c, load(from + c) * load(gate + c));
    } else {
        copy_over(to, from, channels);
    }
}

/// The mean of `edge` x `edge` pixels, each read through the normalisation.
CTK_INLINE void read_mean(
    const ctk_step *s, const float *from, int64_t rowPitch, float *to, int32_t channels, int32_t edge) {
    const V share = splat(1.0f / (float)(edge * edge));
    for (int32_t c = 0; c < channels; c += CTK_WIDTH) {
        V sum = splat(0);
        for (int32_t y = 0; y < edge; ++y) {
            for (int32_t x = 0; x < edge; ++x) {
                V v = load(from + y * rowPitch + (int64_t)x * s->input.pitch + c);
                if (s->scale) v = v * load(s->scale + c) + load(s->shift + c);
                if (s->readsRelu) v = positive(v);
                sum += v;
            }
        }
        store(to + c, sum * share);
    }
}

/// Unfolds pixels [first, first + count): rows of [ky][kx][channel].
static void unfold_tile(
    const ctk_step *s, const float *input, const float *gate, int32_t first, int32_t count, float *tile,
    int64_t pitch) {
    const ctk_view *in = &s->input;
    const int32_t channels = in->channels, columns = s->output.width;
    const int64_t rowPitch = (int64_t)in->width * in->pitch;
    const int32_t isPlain = !s->scale && !gate;
    int32_t y = first / columns, x = first % columns;
    for (int32_t m = 0; m < count; ++m, tile += pitch) {
        if (s->readsMean > 1) {
            const float *from = input + (int64_t)y * s->readsMean * rowPitch + (int64_t)x * s->readsMean * in->pitch;
            read_mean(s, from, rowPitch, tile, channels, s->readsMean);
        } else {
            float *to = tile;
            for (int32_t ky = 0; ky < s->kernelHeight; ++ky) {
                const int32_t row = y * s->strideY + ky * s->dilationY - s->padTop;
                if (row < 0 || row >= in->height) {
                    zero_over(to, (int64_t)s->kernelWidth * channels);
                    to += (int64_t)s->kernelWidth * channels;
                    continue;
                }
                const int32_t left = x * s->strideX - s->padLeft;
                const float *from = input + row * rowPitch + (int64_t)left * in->pitch;
                const int32_t isInside = left >= 0 && left + s->kernelWidth <= in->width;
                if (isPlain && isInside && s->dilationX == 1 && in->pitch == channels) {
                    copy_over(to, from, (int64_t)s->kernelWidth * channels);
                    to += (int64_t)s->kernelWidth * channels;
                    continue;
                }
                for (int32_t kx = 0; kx < s->kernelWidth; ++kx, to += channels) {
                    const int32_t column = left + kx * s->dilationX;
                    if (column < 0 || column >= in->width) {
                        zero_over(to, channels);
                    } else {
                        read_pixel(s, gate, from + (int64_t)kx * s->dilationX * in->pitch, to, channels);
                    }
                }
            }
        }
        if (++x == columns) x = 0, ++y;
    }
}

/// Depth that is multiplied at once, so that a tile's slice and a panel's stay in the second-level cache.
enum { SLICE_DEPTH = 1024 };

static void convolution_task(const ctk_step *s, const ctk_place *place, float *arena, float *scratch, int32_t task) {
    const ctk_view *in = &s->input, *out = &s->output;
    const int32_t pixels = out->height * out->width, tileCount = (pixels + s->tile - 1) / s->tile;
    const int32_t part = task / tileCount, index = task % tileCount;
    const int32_t first = (int64_t)pixels * index / tileCount;
    const int32_t count = (int32_t)((int64_t)pixels * (index + 1) / tileCount) - first;
    const int32_t panel = place->sgemm ? CTK_PANEL_BLAS : CTK_PANEL_OWN;
    const int32_t outputs = filled(out->channels), panels = (outputs + panel - 1) / panel;
    const int64_t depth = (int64_t)in->channels * s->kernelHeight * s->kernelWidth;
    const float *gate = s->gate.offset >= 0 ? at(arena, &s->gate) : NULL;

    const int32_t isPointwise = s->kernelHeight * s->kernelWidth == 1 && s->strideY * s->strideX == 1
        && s->readsMean <= 1 && s->padTop == 0 && s->padLeft == 0 && !s->scale && !gate;
    const float *a = at(arena, in) + (int64_t)first * in->pitch;
    int64_t lda = in->pitch;
    if (!isPointwise || in->pitch % 512 == 0) {
        lda = tile_pitch(depth);
        unfold_tile(s, at(arena, in), gate, first, count, scratch, lda);
        a = scratch;
    }
    float *c = at(arena, out) + (int64_t)first * out->pitch;
    const float *other = s->other.offset >= 0 ? at(arena, &s->other) + (int64_t)first * s->other.pitch : NULL;
    const int64_t slices = (depth + SLICE_DEPTH - 1) / SLICE_DEPTH;
    for (int64_t slice = 0; slice < slices; ++slice) {
        const int64_t from = depth * slice / slices, length = depth * (slice + 1) / slices - from;
        for (int32_t n = panels * part / s->parts; n < panels * (part + 1) / s->parts; ++n) {
            const int32_t at = n * panel, width = outputs - at < panel ? outputs - at : panel;
            const ending end = {s->bias + at, other ? other + at : NULL, s->other.pitch, s->activation == CTK_RELU};
            const int32_t isLast = slice == slices - 1;
            product(
                place, count, length, a + from, lda, s->weights + at * depth + from * width, width, c + at, out->pitch,
                width, slice > 0, isLast ? &end : NULL);
            if (isLast && s->activation > CTK_RELU) {
                activate_rows(s->activation, s->p, s->q, c + at, out->pitch, count, width);
            }
        }
    }
}

CTK_INLINE void depthwise_run(
    const ctk_step *s, const float *rows, int64_t rowPitch, const float *w, int32_t outputs, V bias, int32_t kh,
    int32_t kw, float *y, int32_t xFirst, int32_t xEnd, int32_t channelStep) {
    V weights[25];
    CTK_UNROLL for (int i = 0; i < kh * kw; ++i) weights[i] = load(w + (int64_t)i * outputs);
    for (int32_t x = xFirst; x < xEnd; ++x) {
        const float *from = rows + (int64_t)(x * s->strideX - s->padLeft) * channelStep;
        V sums[2] = {bias, splat(0)};
        CTK_UNROLL for (int ky = 0; ky < kh; ++ky)
            CTK_UNROLL for (int kx = 0; kx < kw; ++kx)
                sums[ky & 1] += load(from + ky * rowPitch + kx * channelStep) * weights[ky * kw + kx];
        store(y + (int64_t)x * s->output.pitch, sums[0] + sums[1]);
    }
}

/// One output pixel whose window may hang over the picture.
CTK_INLINE V depthwise_edge(
    const ctk_step *s, const float *input, const float *w, int32_t outputs, V bias, int32_t y, int32_t x, int32_t c) {
    const ctk_view *in = &s->input;
    V sums[2] = {bias, splat(0)};
    for (int32_t ky = 0; ky < s->kernelHeight; ++ky) {
        const int32_t row = y * s->strideY + ky * s->dilationY - s->padTop;
        if (row < 0 || row >= in->height) continue;
        for (int32_t kx = 0; kx < s->kernelWidth; ++kx) {
            const int32_t column = x * s->strideX + kx * s->dilationX - s->padLeft;
            if (column < 0 || column >= in->width) continue;
            sums[ky & 1] += load(input + ((int64_t)row * in->width + column) * in->pitch + c)
                * load(w + (int64_t)(ky * s->kernelWidth + kx) * outputs);
        }
    }
    return sums[0] + sums[1];
}

/// Some rows of output of a convolution whose channels do not mix: one register of channels after the other, so that the
/// rows which neighbouring windows share are still in the first-level cache.
static void depthwise_task(const ctk_step *s, float *arena, int32_t task) {
    const ctk_view *in = &s->input, *out = &s->output;
    const float *input = at(arena, in);
    const int32_t outputs = filled(out->channels), first = task * s->tile;
    const int32_t last = first + s->tile < out->height ? first + s->tile : out->height;
    const int64_t rowPitch = (int64_t)in->width * in->pitch;
    const int32_t isSmall = s->dilationY == 1 && s->dilationX == 1 && s->kernelHeight == s->kernelWidth
        && (s->kernelWidth == 3 || s->kernelWidth == 5);
    const int32_t room = in->width + s->padLeft - s->kernelWidth;
    const int32_t left = (s->padLeft + s->strideX - 1) / s->strideX;
    int32_t right = room < 0 ? 0 : room / s->strideX + 1;
    if (right > out->width) right = out->width;
    for (int32_t c = 0; c < outputs; c += CTK_WIDTH) {
        const V bias = load(s->bias + c);
        const float *w = s->weights + c;
        for (int32_t y = first; y < last; ++y) {
            float *row = at(arena, out) + (int64_t)y * out->width * out->pitch + c;
            const int32_t top = y * s->strideY - s->padTop;
            int32_t begin = left, end = right;
            if (!isSmall || top < 0 || top + s->kernelHeight > in->height || begin > end) begin = end = 0;
            const float *rows = input + top * rowPitch + c;
            if (begin < end && s->kernelWidth == 3)
                depthwise_run(s, rows, rowPitch, w, outputs, bias, 3, 3, row, begin, end, in->pitch);
            if (begin < end && s->kernelWidth == 5)
                depthwise_run(s, rows, rowPitch, w, outputs, bias, 5, 5, row, begin, end, in->pitch);
            for (int32_t x = 0; x < begin; ++x)
                store(row + (int64_t)x * out->pitch, depthwise_edge(s, input, w, outputs, bias, y, x, c));
            for (int32_t x = end; x < out->width; ++x)
                store(row + (int64_t)x * out->pitch, depthwise_edge(s, input, w, outputs, bias, y, x, c));
            activate_rows(s->activation, s->p, s->q, row, out->pitch, out->width, CTK_WIDTH);
        }
    }
}
