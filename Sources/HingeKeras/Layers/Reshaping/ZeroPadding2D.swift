/// Zeros around the spatial axes of `[N, height, width, C]`, N the batch and C the channels.
///
/// Source: Keras `ZeroPadding2D(padding=1)`.
struct ZeroPadding2DLayer: ZeroPaddingLayer {
    static let className = "ZeroPadding2D"
    static let spatialRank = 2
    var borders: [(begin: Int, end: Int)]
    var dataFormat = DataFormat.channelsLast
}
