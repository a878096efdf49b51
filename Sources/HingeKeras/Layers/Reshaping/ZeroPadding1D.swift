/// Zeros around the spatial axes of `[N, steps, C]`, N the batch and C the channels.
///
/// Source: Keras `ZeroPadding1D(padding=1)`.
struct ZeroPadding1DLayer: ZeroPaddingLayer {
    static let className = "ZeroPadding1D"
    static let spatialRank = 1
    var borders: [(begin: Int, end: Int)]
    var dataFormat = DataFormat.channelsLast
}
