/// What NumPy gives for the reductions of `[2, 3, 4, 5]` numbers, `(37·i mod 61) / 8 + 1/8`; for the product of one
/// more than a 64th of them.
enum ReductionValues {
    struct Case: Sendable {
        var name: String
        var axes: [Int]
        /// The number of results.
        var count: Int
        /// The first and the last result.
        var first: Double
        var last: Double
        /// The sum of each result times its place, counted from 1.
        var weighted: Double

        init(
            _ name: String, _ axes: [Int], count: Int, first: Double, last: Double, weighted: Double
        ) {
            self.name = name
            self.axes = axes
            self.count = count
            self.first = first
            self.last = last
            self.weighted = weighted
        }
    }

    static let cases = [
        Case("ReduceSum", [3], count: 24, first: 16.375, last: 22.25, weighted: 5858.75),
        Case("ReduceSum", [0], count: 60, first: 3.25, last: 7.625, weighted: 14609.5),
        Case("ReduceSum", [1], count: 40, first: 3.375, last: 9.125, weighted: 9564.5),
        Case("ReduceSum", [2, 3], count: 6, first: 73, last: 81.5, weighted: 1636.75),
        Case("ReduceSum", [0, 1], count: 20, first: 15.75, last: 24.5, weighted: 4959.5),
        Case("ReduceSum", [0, 2], count: 15, first: 16, last: 27.5, weighted: 3860.75),
        Case("ReduceSum", [1, 3], count: 8, first: 56.5, last: 59.375, weighted: 2086.75),
        Case("ReduceSum", [0, 1, 2, 3], count: 1, first: 463.5, last: 463.5, weighted: 463.5),
        Case("ReduceSum", [0, 3], count: 12, first: 32.5, last: 44.75, weighted: 3095.75),
        Case("ReduceSum", [1, 2], count: 10, first: 18, last: 47.25, weighted: 2599.5),
        Case("ReduceMean", [3], count: 24, first: 3.275, last: 4.45, weighted: 1171.75),
        Case("ReduceMean", [0], count: 60, first: 1.625, last: 3.8125, weighted: 7304.75),
        Case(
            "ReduceMean", [1], count: 40, first: 1.125, last: 3.0416666666666665,
            weighted: 3188.1666666666665),
        Case("ReduceMean", [2, 3], count: 6, first: 3.65, last: 4.075, weighted: 81.8375),
        Case(
            "ReduceMean", [0, 1], count: 20, first: 2.625, last: 4.083333333333333,
            weighted: 826.5833333333333),
        Case("ReduceMean", [0, 2], count: 15, first: 2, last: 3.4375, weighted: 482.59375),
        Case(
            "ReduceMean", [1, 3], count: 8, first: 3.7666666666666666, last: 3.9583333333333335,
            weighted: 139.11666666666667),
        Case("ReduceMean", [0, 1, 2, 3], count: 1, first: 3.8625, last: 3.8625, weighted: 3.8625),
        Case("ReduceMean", [0, 3], count: 12, first: 3.25, last: 4.475, weighted: 309.575),
        Case("ReduceMean", [1, 2], count: 10, first: 1.5, last: 3.9375, weighted: 216.625),
        Case("ReduceMax", [3], count: 24, first: 6.375, last: 7.5, weighted: 2094.25),
        Case("ReduceMax", [0], count: 60, first: 3.125, last: 6.125, weighted: 10649.375),
        Case("ReduceMax", [1], count: 40, first: 2.125, last: 7.125, weighted: 4446),
        Case("ReduceMax", [2, 3], count: 6, first: 7.125, last: 7.5, weighted: 156.5),
        Case("ReduceMax", [0, 1], count: 20, first: 5.125, last: 7.125, weighted: 1464.25),
        Case("ReduceMax", [0, 2], count: 15, first: 3.875, last: 6.125, weighted: 774.125),
        Case("ReduceMax", [1, 3], count: 8, first: 7.375, last: 7.5, weighted: 267.75),
        Case("ReduceMax", [0, 1, 2, 3], count: 1, first: 7.625, last: 7.625, weighted: 7.625),
        Case("ReduceMax", [0, 3], count: 12, first: 6.375, last: 7.5, weighted: 547.625),
        Case("ReduceMax", [1, 2], count: 10, first: 2.875, last: 7.625, weighted: 324.625),
        Case("ReduceMin", [3], count: 24, first: 0.125, last: 1.5, weighted: 265.75),
        Case("ReduceMin", [0], count: 60, first: 0.125, last: 1.5, weighted: 3960.125),
        Case("ReduceMin", [1], count: 40, first: 0.125, last: 0.5, weighted: 1992),
        Case("ReduceMin", [2, 3], count: 6, first: 0.125, last: 0.75, weighted: 9.125),
        Case("ReduceMin", [0, 1], count: 20, first: 0.125, last: 0.5, weighted: 196.5),
        Case("ReduceMin", [0, 2], count: 15, first: 0.125, last: 0.75, weighted: 190.25),
        Case("ReduceMin", [1, 3], count: 8, first: 0.125, last: 0.5, weighted: 12.25),
        Case("ReduceMin", [0, 1, 2, 3], count: 1, first: 0.125, last: 0.125, weighted: 0.125),
        Case("ReduceMin", [0, 3], count: 12, first: 0.125, last: 1.5, weighted: 74.375),
        Case("ReduceMin", [1, 2], count: 10, first: 0.125, last: 0.25, weighted: 108.625),
        Case("ReduceL1", [3], count: 24, first: 16.375, last: 22.25, weighted: 5858.75),
        Case("ReduceL1", [0], count: 60, first: 3.25, last: 7.625, weighted: 14609.5),
        Case("ReduceL1", [1], count: 40, first: 3.375, last: 9.125, weighted: 9564.5),
        Case("ReduceL1", [2, 3], count: 6, first: 73, last: 81.5, weighted: 1636.75),
        Case("ReduceL1", [0, 1], count: 20, first: 15.75, last: 24.5, weighted: 4959.5),
        Case("ReduceL1", [0, 2], count: 15, first: 16, last: 27.5, weighted: 3860.75),
        Case("ReduceL1", [1, 3], count: 8, first: 56.5, last: 59.375, weighted: 2086.75),
        Case("ReduceL1", [0, 1, 2, 3], count: 1, first: 463.5, last: 463.5, weighted: 463.5),
        Case("ReduceL1", [0, 3], count: 12, first: 32.5, last: 44.75, weighted: 3095.75),
        Case("ReduceL1", [1, 2], count: 10, first: 18, last: 47.25, weighted: 2599.5),
        Case(
            "ReduceL2", [3], count: 24, first: 8.81316486853616, last: 11.02412128017467,
            weighted: 2995.977875359052),
        Case(
            "ReduceL2", [0], count: 60, first: 3.127499000799201, last: 6.30599912781472,
            weighted: 11465.849493223792),
        Case(
            "ReduceL2", [1], count: 40, first: 2.407670035532278, last: 7.2983302884975,
            weighted: 5959.357544630659),
        Case(
            "ReduceL2", [2, 3], count: 6, first: 19.0836972308827, last: 20.5851888502389,
            weighted: 420.00791768599527),
        Case(
            "ReduceL2", [0, 1], count: 20, first: 7.670967996283129, last: 11.578536176909411,
            weighted: 2304.2061585125916),
        Case(
            "ReduceL2", [0, 2], count: 15, first: 7.115124735378854, last: 11.744679646546345,
            weighted: 1529.9692416855896),
        Case(
            "ReduceL2", [1, 3], count: 8, first: 16.931848688197046, last: 17.510264846654948,
            weighted: 619.984862547517),
        Case(
            "ReduceL2", [0, 1, 2, 3], count: 1, first: 48.739742510604216, last: 48.739742510604216,
            weighted: 48.739742510604216),
        Case(
            "ReduceL2", [0, 3], count: 12, first: 12.39833658197744, last: 15.686379442050992,
            weighted: 1114.9745321647524),
        Case(
            "ReduceL2", [1, 2], count: 10, first: 5.994789404140899, last: 17.34304615688951,
            weighted: 818.6539855507615),
        Case(
            "ReduceLogSum", [3], count: 24, first: 2.7957557815213154, last: 3.1023420086122493,
            weighted: 889.7488676226055),
        Case(
            "ReduceLogSum", [0], count: 60, first: 1.1786549963416462, last: 2.031432322493475,
            weighted: 3718.489905439051),
        Case(
            "ReduceLogSum", [1], count: 40, first: 1.2163953243244932, last: 2.211017899468555,
            weighted: 1931.7114344926063),
        Case(
            "ReduceLogSum", [2, 3], count: 6, first: 4.290459441148391, last: 4.400603020246817,
            weighted: 91.44890095317064),
        Case(
            "ReduceLogSum", [0, 1], count: 20, first: 2.7568403652716422, last: 3.1986731175506815,
            weighted: 661.1844980643875),
        Case(
            "ReduceLogSum", [0, 2], count: 15, first: 2.772588722239781, last: 3.3141860046725258,
            weighted: 413.2530860064892),
        Case(
            "ReduceLogSum", [1, 3], count: 8, first: 4.034240638152395, last: 4.083873262354805,
            weighted: 146.13468629932007),
        Case(
            "ReduceLogSum", [0, 1, 2, 3], count: 1, first: 6.13880638500591, last: 6.13880638500591,
            weighted: 6.13880638500591),
        Case(
            "ReduceLogSum", [0, 3], count: 12, first: 3.481240089335692, last: 3.8010914447208646,
            weighted: 286.6857461676709),
        Case(
            "ReduceLogSum", [1, 2], count: 10, first: 2.8903717578961645, last: 3.855452653939752,
            weighted: 207.7134170947885),
        Case(
            "ReduceLogSumExp", [3], count: 24, first: 6.6048671791790285, last: 7.730302783373126,
            weighted: 2164.9512175539103),
        Case(
            "ReduceLogSumExp", [0], count: 60, first: 3.173587351573742, last: 6.134755911000221,
            weighted: 10709.63225023669),
        Case(
            "ReduceLogSumExp", [1], count: 40, first: 2.5326059644443806, last: 7.129921214502539,
            weighted: 4730.397451939475),
        Case(
            "ReduceLogSumExp", [2, 3], count: 6, first: 8.404883583237979, last: 8.780319187432077,
            weighted: 182.11549633084377),
        Case(
            "ReduceLogSumExp", [0, 1], count: 20, first: 5.581193316018123, last: 7.568361313939379,
            weighted: 1545.1067847466486),
        Case(
            "ReduceLogSumExp", [0, 2], count: 15, first: 4.973603755632692, last: 7.184772315059171,
            weighted: 895.9571855588464),
        Case(
            "ReduceLogSumExp", [1, 3], count: 8, first: 8.260915865280307, last: 8.44758504463391,
            weighted: 301.01817668718434),
        Case(
            "ReduceLogSumExp", [0, 1, 2, 3], count: 1, first: 10.445085250509498,
            last: 10.445085250509498, weighted: 10.445085250509498),
        Case(
            "ReduceLogSumExp", [0, 3], count: 12, first: 7.293629133661168, last: 8.44541845953471,
            weighted: 620.805064000363),
        Case(
            "ReduceLogSumExp", [1, 2], count: 10, first: 4.332622368503331, last: 8.883394192563484,
            weighted: 402.00503580452533),
        Case(
            "ReduceSumSquare", [3], count: 24, first: 77.671875, last: 121.53125,
            weighted: 30128.03125),
        Case(
            "ReduceSumSquare", [0], count: 60, first: 9.78125, last: 39.765625, weighted: 75971.6875
        ),
        Case(
            "ReduceSumSquare", [1], count: 40, first: 5.796875, last: 53.265625,
            weighted: 49186.0625),
        Case(
            "ReduceSumSquare", [2, 3], count: 6, first: 364.1875, last: 423.75, weighted: 8410.46875
        ),
        Case(
            "ReduceSumSquare", [0, 1], count: 20, first: 58.84375, last: 134.0625,
            weighted: 25707.9375),
        Case(
            "ReduceSumSquare", [0, 2], count: 15, first: 50.625, last: 137.9375,
            weighted: 20209.65625),
        Case(
            "ReduceSumSquare", [1, 3], count: 8, first: 286.6875, last: 306.609375,
            weighted: 10684.03125),
        Case(
            "ReduceSumSquare", [0, 1, 2, 3], count: 1, first: 2375.5625, last: 2375.5625,
            weighted: 2375.5625),
        Case(
            "ReduceSumSquare", [0, 3], count: 12, first: 153.71875, last: 246.0625,
            weighted: 16041.15625),
        Case(
            "ReduceSumSquare", [1, 2], count: 10, first: 35.9375, last: 300.78125,
            weighted: 13513.25),
        Case(
            "ReduceProd", [3], count: 24, first: 1.280009385064318, last: 1.396122927626493,
            weighted: 402.56178219110006),
        Case(
            "ReduceProd", [0], count: 60, first: 1.0508766174316406, last: 1.1213836669921875,
            weighted: 2064.420581817627),
        Case(
            "ReduceProd", [1], count: 40, first: 1.0534183457493782, last: 1.1462606191635132,
            weighted: 979.5753040164709),
        Case(
            "ReduceProd", [2, 3], count: 6, first: 2.999931220918515, last: 3.4029770038430445,
            weighted: 67.88526112944281),
        Case(
            "ReduceProd", [0, 1], count: 20, first: 1.2702433029397144, last: 1.4439693802028897,
            weighted: 299.95334589953427),
        Case(
            "ReduceProd", [0, 2], count: 15, first: 1.276388706423308, last: 1.512509297594811,
            weighted: 195.723088225317),
        Case(
            "ReduceProd", [1, 3], count: 8, first: 2.3390757723579427, last: 2.441038936084254,
            weighted: 86.0929543857144),
        Case(
            "ReduceProd", [0, 1, 2, 3], count: 1, first: 1062.5933412199056,
            last: 1062.5933412199056, weighted: 1062.5933412199056),
        Case(
            "ReduceProd", [0, 3], count: 12, first: 1.6323445303950235, last: 1.9561329651053516,
            weighted: 141.88460802171414),
        Case(
            "ReduceProd", [1, 2], count: 10, first: 1.3191174891069621, last: 2.0218600003819023,
            weighted: 115.36043292301208),
    ]
}
