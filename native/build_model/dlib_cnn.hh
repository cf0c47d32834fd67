// dlib's CNN face detector as a type: fr-build-weights reads it, and the tests compare ours with it.
#pragma once

#include <dlib/dnn.h>

namespace fr {

// As in dlib's dnn_mmod_face_detection_ex.cpp: three 5x5 convolutions that halve the picture and three that do not, each
// followed by a fixed affine layer; then a 9x9 convolution, which gives one score for each place.
template <long N, typename Input>
using CnnHalving = dlib::relu<dlib::affine<dlib::con<N, 5, 5, 2, 2, Input>>>;
template <long N, typename Input>
using CnnSame = dlib::relu<dlib::affine<dlib::con<N, 5, 5, 1, 1, Input>>>;

using DlibCnn = dlib::loss_mmod<
    dlib::con<1, 9, 9, 1, 1,
              CnnSame<45, CnnSame<45, CnnSame<45, CnnHalving<32, CnnHalving<32, CnnHalving<16,
              dlib::input_rgb_image_pyramid<dlib::pyramid_down<6>>>>>>>>>>;

}  // namespace fr
