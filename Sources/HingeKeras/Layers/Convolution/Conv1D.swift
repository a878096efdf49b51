/// Convolution over one spatial axis: `[N, steps, C]`, N the batch and C the channels.
///
/// Source: Keras `Conv1D`; `kernel` is `[window…, C / groups, filters]`, `bias` `[filters]`.
struct Conv1DLayer: ConvolutionLayer {
    static let className = "Conv1D"
    static let spatialRank = 1
    var settings: ConvolutionSettings
}
