/// Convolution over two spatial axes: `[N, height, width, C]`, N the batch and C the channels.
///
/// Source: Keras `Conv2D`; `kernel` is `[window…, C / groups, filters]`, `bias` `[filters]`.
struct Conv2DLayer: ConvolutionLayer {
    static let className = "Conv2D"
    static let spatialRank = 2
    var settings: ConvolutionSettings
}
