/// Convolution over three spatial axes: `[N, depth, height, width, C]`, N the batch and C the
/// channels.
///
/// Source: Keras `Conv3D`; `kernel` is `[window…, C / groups, filters]`, `bias` `[filters]`.
struct Conv3DLayer: ConvolutionLayer {
    static let className = "Conv3D"
    static let spatialRank = 3
    var settings: ConvolutionSettings
}
