/// Transposed convolution over one spatial axis: `[N, steps, C]`, N the batch and C the channels.
///
/// Source: Keras `Conv1DTranspose`; `kernel` is `[window…, filters, C]`, `bias` `[filters]`.
struct Conv1DTransposeLayer: TransposedConvolutionLayer {
    static let className = "Conv1DTranspose"
    static let spatialRank = 1
    var settings: ConvolutionSettings
    var outputPadding: [Int]?
}
