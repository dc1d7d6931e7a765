#ifndef BRAID_PANEL_PRODUCT_H
#define BRAID_PANEL_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

/// Products of rows of unsigned bytes (BRAID_ROWS_U8_WORDS) with weights of signed ones, for processors without VNNI.
///
/// Without VNNI bytes are multiplied and added in words of 16 bits, and the words are widened to 32 bits. oneDNN widens
/// every sum of two products, since it knows nothing of the weights. Weights that are quantised for it (quantise.h)
/// allow four products to a word, so that eight products of an output take five instructions in place of six, three of
/// them multiplications in place of four.
///
/// The weights are laid out in panels of BRAID_PANEL_OUTPUTS outputs. A panel is in the first-level cache, some inputs
/// at a time, while all rows pass. In it four inputs of each output follow each other, then the next four of each
/// output. Inputs are padded to a multiple of BRAID_PANEL_INPUTS and outputs to whole panels, with zeros.

/// The outputs of a panel, and the inputs whose products are added before they are widened.
enum { BRAID_PANEL_OUTPUTS = 32, BRAID_PANEL_INPUTS = 8 };

/// The bytes of weights in panels; 0 if they are more than a size_t counts.
size_t braid_panel_bytes(size_t inputs, size_t outputs);

/// Writes the rows [count][inputs] of outputs from `first` on, a multiple of BRAID_PANEL_OUTPUTS, to `panels`, which is
/// 64-byte aligned and zeroed and the same for all parts of a layer.
void braid_panel_pack(const int8_t *rows, size_t inputs, size_t first, size_t count, int8_t *panels);

/// Writes the sums of the outputs of some panels, from the panel `first` on, to `sums` [rows][outputs].
/// `x` are rows [rows][inputs].
void braid_panel_product(const uint8_t *x, size_t rows, size_t inputs, const int8_t *panels, size_t outputs,
                         size_t first, size_t count, int32_t *sums);

#endif
