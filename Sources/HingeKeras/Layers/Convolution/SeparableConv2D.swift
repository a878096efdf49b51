/// Convolution of each channel alone, then of all channels at each position, over two spatial axes:
/// `[N, height, width, C]`, N the batch and C the channels.
///
/// Source: Keras `SeparableConv2D`; `depthwise_kernel` is `[window…, C, depth_multiplier]`,
/// `pointwise_kernel` `[1…, C · depth_multiplier, filters]`, `bias` `[filters]`.
struct SeparableConv2DLayer: SeparableConvolutionLayer {
    static let className = "SeparableConv2D"
    static let spatialRank = 2
    var settings: DepthwiseSettings
    var filters: Int
}
